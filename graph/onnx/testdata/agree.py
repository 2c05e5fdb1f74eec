"""Compares exported models with ONNX Runtime: agree.py HOCSAU FOLDER MODEL…

Each model is exported by HOCSAU into FOLDER, checked by onnx.checker, and run by ONNX
Runtime and by HOCSAU on the same random inputs: 1e-5 of the largest output, or of 0.1, apart at most;
written anew, it is the same bytes. Needs the packages onnx and onnxruntime.
"""
import os, subprocess, sys
import numpy as np, onnx, onnxruntime

hocsau, folder, models = sys.argv[1], sys.argv[2], sys.argv[3:]
r, wrong = np.random.default_rng(1), 0
for name in models:
    path, again = os.path.join(folder, name + ".onnx"), os.path.join(folder, name + ".again.onnx")
    subprocess.run([hocsau, "export", name, path], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([hocsau, "convert", path, again], check=True, stdout=subprocess.DEVNULL)
    with open(path, "rb") as a, open(again, "rb") as b:
        same = a.read() == b.read()
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session, feed, args = onnxruntime.InferenceSession(path), {}, []
    for i in session.get_inputs():
        shape = [d if isinstance(d, int) else 3 for d in i.shape]
        x = r.random(shape, np.float32) if i.type == "tensor(float)" else np.full(shape, 2, np.int64)
        feed[i.name] = x
        np.save(os.path.join(folder, "in.npy" if not args else f"in{len(args)}.npy"), x)
        args += ["--input", i.name + "=" + os.path.join(folder, "in.npy" if not args else f"in{len(args)}.npy")]
    out = os.path.join(folder, name)
    subprocess.run([hocsau, "run", path, "--out", out] + args, check=True, stdout=subprocess.DEVNULL)
    worst = 0.0
    for o, want in zip(session.get_outputs(), session.run(None, feed)):
        got = np.load(os.path.join(out, o.name + ".npy"))
        assert got.shape == want.shape, (name, o.name, got.shape, want.shape)
        worst = max(worst, float(np.abs(got - want).max() / max(0.1, np.abs(want).max())))
    if worst > 1e-5 or not same:
        wrong += 1
    print(f"{name}: {worst:.1e} apart, written anew {'the same' if same else 'OTHER'}")
sys.exit(wrong > 0)
