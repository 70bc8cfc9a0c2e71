# The PyTorch definition on the page of sw/import, against ours: its state dict imported, its logits those of psaflow eval.
# usage: run_torch.py PSAFLOW PAGE.
import array
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import torch
from torch import nn

psaflow, page = sys.argv[1:]
definition = re.search(r"```python\n(.*?)```", pathlib.Path(page).read_text(), re.S).group(1)
exec(compile(definition, page, "exec"))


def raw_bytes(tensor):
    plain = tensor.detach().contiguous().reshape(-1)
    return bytes(plain.view(torch.uint8).tolist()) if plain.numel() > 0 else b""


def save_npy(path, tensor):
    shape = "(" + ", ".join(map(str, tensor.shape)) + ",)"
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + raw_bytes(tensor))


def load_npy(path, columns):
    data = pathlib.Path(path).read_bytes()
    values = array.array("f", data[10 + struct.unpack_from("<H", data, 8)[0]:])
    return torch.tensor(values.tolist()).reshape(-1, columns)


def save_safetensors(path, tensors):
    """What safetensors.torch.save_file writes, in the order of the dict."""
    types = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = raw_bytes(tensor)
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def run(*args):
    done = subprocess.run([psaflow, *map(str, args)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"psaflow {' '.join(map(str, args))}: status {done.returncode}\n{done.stdout}{done.stderr}")


def compare(folder, seed, activation, image, patch, dtype, tolerance, function=None, network=""):
    torch.manual_seed(seed)
    shape = dict(embed=24, hidden=20, blocks=2, classes=7)
    net = ResMlp(image, patch, activation=activation, **shape, **(function or {}))
    mean, std = [0.3 + 0.1 * c for c in range(image[0])], [0.2 + 0.05 * c for c in range(image[0])]
    pixels = torch.randint(0, 256, (40, *image), dtype=torch.uint8)
    column = lambda values: torch.tensor(values).view(-1, 1, 1)
    normalised = (pixels / 255 - column(mean)) / column(std)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2)
    labels = torch.randint(0, 7, (40,))
    for _ in range(12):  # so that no parameter is what it was at the start, and norms have statistics
        loss = nn.functional.cross_entropy(net(normalised), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net = net.to(dtype).to(torch.float32)  # as the file will have it
    net.eval()
    with torch.no_grad():
        wanted = net(normalised)
    kept = {name: t.to(dtype) if t.is_floating_point() else t for name, t in net.state_dict().items()}
    save_safetensors(folder / "state.safetensors", kept)
    save_npy(folder / "x.npy", pixels)
    (folder / "net.yaml").write_text(
        f"name: torch\nnetwork: {{activation: {activation}, image: {list(image)}, patch: {patch}, embed: 24, hidden: 20, blocks: 2, "
        f"classes: 7, mean: {mean}, std: {std}{network}}}\n")
    run("import", "--weights", folder / "state.safetensors", "--config", folder / "net.yaml", "--out", folder / "float.safetensors")
    run("eval", "--model", folder / "float.safetensors", "--images", folder / "x.npy", "--logits", folder / "l.npy")
    found = load_npy(folder / "l.npy", 7)
    error, spread = float((found - wanted).abs().max()), float(wanted.std())
    print(f"{activation:8} {str(image):12} {str(dtype):15} seed {seed}: largest difference {error:.2e}, logits' deviation {spread:.2f}")
    return error <= tolerance * max(1, spread)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    good = [
        compare(folder, 1, "psa", (3, 32, 32), 8, torch.float32, 1e-4, dict(experts=5), ", psa: exact, experts: 5"),
        compare(folder, 2, "relu", (3, 32, 32), 8, torch.float16, 1e-4),
        compare(folder, 3, "bspline", (3, 32, 32), 8, torch.float64, 1e-4, dict(points=33, reach=3.0), ", grid_points: 33, grid_range: 3"),
        # PSA on a fine grid is the formula but for what lies between the grid's points.
        compare(folder, 4, "psa", (3, 32, 32), 8, torch.bfloat16, 2e-2, None, ", grid_points: 4096, grid_range: 32"),
        compare(folder, 5, "psa", (2, 16, 8), 4, torch.float32, 1e-4, None, ", psa: exact"),
    ]
sys.exit(0 if all(good) else 1)
