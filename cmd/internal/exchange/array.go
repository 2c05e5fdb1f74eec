package exchange

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/npy"
	"github.com/hocsau/hocsau/graph/onnx"
	"github.com/hocsau/hocsau/internal/atomicfile"
)

// npyTypes are the types of .npy files, byte order left out, with ONNX's names.
var npyTypes = map[string]string{
	"f2": "float16", "f4": "float", "f8": "double", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
	"u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "bool",
}

func readArray(path string) (*onnx.Array, error) {
	a, err := npy.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return onnx.NewArray(npyTypes[a.Type[1:]], a.Shape, a.F64, a.I64)
}

// writeArray writes an array as DIR/NAME.npy and returns the path.
func writeArray(dir, name string, a *onnx.Array) (string, error) {
	path := filepath.Join(dir, escaped(name)+".npy")
	for code, typ := range npyTypes {
		if typ != a.Type.String() {
			continue
		}
		order := "<"
		if strings.HasSuffix(code, "1") {
			order = "|"
		}
		var b bytes.Buffer
		if err := npy.Write(&b, &npy.Array{Shape: a.Shape, Type: order + code, F64: a.F, I64: a.I}); err != nil {
			return "", errors.Wrapf(err, "output %s", name)
		}
		return path, atomicfile.WriteBytes(path, b.Bytes())
	}
	return "", errors.Errorf("output %s has elements of type %s, which .npy files have not", name, a.Type)
}

// escaped writes a name so that it is one part of a path on every system.
func escaped(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_.-~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
