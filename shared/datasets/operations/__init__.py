"""Operations on datasets: work that makes new files out of others, and what has become of it."""
