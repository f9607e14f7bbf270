bind = "0.0.0.0:80"
worker_class = "gthread"
workers = 3
threads = 2
timeout = 90
