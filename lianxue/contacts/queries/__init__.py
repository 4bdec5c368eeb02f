"""Reads of 通讯录: search, friends, people, groups, frequent contacts."""
