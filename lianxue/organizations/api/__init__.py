"""The JSON API of `organizations`: core, log, security, imports; one router each."""
