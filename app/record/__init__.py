"""The record page: takes, hands-free, and the last seconds."""
