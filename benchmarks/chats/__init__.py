"""Chats that look like a company's training data, made up from word lists, as many gigabytes as wanted."""
