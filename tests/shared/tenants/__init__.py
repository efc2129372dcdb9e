"""Tests of organizations, projects and API keys."""
