"""The server: it keeps, orders and hands out what others have signed, and opens no paper."""
