"""Writes ONNX's own backend tests as files: cases.py OUT

OUT/KIND/NAME/{model.onnx, case.json, test_data_set_K/{input,output}_J.npy}, for cases
whose inputs and outputs are arrays of NumPy's own number types. Needs the package onnx.
"""
import glob, json, os, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np, onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests, load_node_model_tests

out, count = sys.argv[1], 0
types = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}
random = {"Bernoulli", "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial"}


def plain(x):
    if isinstance(x, onnx.TensorProto):
        x = numpy_helper.to_array(x)
    if not isinstance(x, (np.ndarray, np.generic, int, float)):
        return None
    x = np.asarray(x)
    return x if x.dtype.str[1:] in types else None


def stored(path):
    t = onnx.TensorProto()
    with open(path, "rb") as f:
        t.ParseFromString(f.read())
    return t


def write(kind, name, model, sets, rtol, atol):
    global count
    used = {n.domain for n in model.graph.node}
    if used - {"", "ai.onnx"} or kind == "node" and {n.op_type for n in model.graph.node} & random:
        return
    arrays = [([plain(x) for x in a], [plain(x) for x in b]) for a, b in sets]
    if any(x is None for a, b in arrays for x in a + b):
        return
    folder = os.path.join(out, kind, name)
    os.makedirs(folder, exist_ok=True)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    for k, pair in enumerate(arrays):
        data = os.path.join(folder, f"test_data_set_{k}")
        os.makedirs(data, exist_ok=True)
        for what, xs in zip(("input", "output"), pair):
            for j, x in enumerate(xs):
                np.save(os.path.join(data, f"{what}_{j}.npy"), x)
    inner = {x.name for x in model.graph.initializer}
    with open(os.path.join(folder, "case.json"), "w") as f:
        json.dump({
            "ops": sorted({n.op_type for n in model.graph.node}), "rtol": rtol, "atol": atol,
            "inputs": [x.name for x in model.graph.input if x.name not in inner], "outputs": [x.name for x in model.graph.output],
        }, f)
    count += 1


for c in load_node_model_tests():
    if c.model is not None:
        write("node", c.name, c.model, c.data_sets, c.rtol, c.atol)
for kind in ("simple", "pytorch-converted", "pytorch-operator"):
    for c in load_model_tests(kind=kind):
        try:
            sets = [[[stored(p) for p in sorted(glob.glob(f"{d}/{w}_*.pb"), key=lambda p: int(p[:-3].rsplit("_", 1)[1]))]
                     for w in ("input", "output")] for d in sorted(glob.glob(c.model_dir + "/test_data_set_*"))]
            write(kind, c.name, onnx.load(c.model_dir + "/model.onnx"), sets, c.rtol, c.atol)
        except Exception as e:  # a case of another kind
            print(kind, c.name, type(e).__name__)
for path in sorted(glob.glob(os.path.join(os.path.dirname(onnx.__file__), "backend/test/data/light/light_*.onnx"))):
    m = onnx.load(path)
    inner = {x.name for x in m.graph.initializer}
    ones = [np.ones([d.dim_value or 1 for d in i.type.tensor_type.shape.dim], np.float32) for i in m.graph.input if i.name not in inner]
    write("light", os.path.basename(path)[:-5], m, [(ones, [stored(path[:-5] + "_output_0.pb")])], 1e-3, 1e-7)
print(count, "cases")
