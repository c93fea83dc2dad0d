"""What `./run` starts on one computer: PostgreSQL, Valkey, and the processes of the product.

Every server has a small *keeper* process. It lives as long as anybody holds the server's user lock (`keeper.py`), so
a killed terminal, a killed `./run` and several commands at once all end the same way: the last one out stops it.
Nothing here runs in production; `docker-compose.yml` does.
"""
