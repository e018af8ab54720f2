"""A collector of OTLP over HTTP, on a free port of the loopback interface.

`collector.py FOLDER` stores the body of each request in FOLDER, as `traces-N.bin` and `metrics-N.bin`.
Prints `listening URL`, and ends when its standard input does.
"""

import gzip
import itertools
import os
import pathlib
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = pathlib.Path(sys.argv[1])
NUMBERS = itertools.count(1)


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        signal = self.path.rsplit("/", 1)[-1]
        is_known = signal in ("traces", "metrics")
        is_protobuf = self.headers.get("content-type") == "application/x-protobuf"
        if is_known and is_protobuf:
            (FOLDER / f"{signal}-{next(NUMBERS)}.bin").write_bytes(body)
        self.send_response(200 if is_known and is_protobuf else 400)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format, *args):
        print(format % args, file=sys.stderr)


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"listening http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
os._exit(0)
