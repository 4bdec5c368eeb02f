"""Pages of 通讯录."""
