"""TLS in front of another server: `tls.py HOST:PORT CA.pem`.

One port has a certificate of an authority that is written to CA.pem; the other one's nobody knows.
Prints `listening URL URL`, and ends when its standard input does.
"""

import os
import socket
import ssl
import sys
import threading

import trustme

upstream_host, upstream_port = sys.argv[1].rsplit(":", 1)


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    # The other side is to see the end, and nothing is left open.
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, context):
    try:
        with context.wrap_socket(client, server_side=True) as secure:
            with socket.create_connection((upstream_host, int(upstream_port))) as upstream:
                back = threading.Thread(target=copy, args=(upstream, secure), daemon=True)
                back.start()
                copy(secure, upstream)
                back.join()
    except OSError:
        # A client that does not trust the certificate hangs up.
        pass


def listen(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return f"https://localhost:{listener.getsockname()[1]}"


known, unknown = trustme.CA(), trustme.CA()
known.cert_pem.write_to_path(sys.argv[2])
print("listening", listen(known), listen(unknown), flush=True)
sys.stdin.read()
os._exit(0)
