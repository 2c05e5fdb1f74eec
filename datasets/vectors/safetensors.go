package vectors

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
)

// Tensors of a file: the words are their bytes, each with a line break behind it.
const (
	vectorsName = "vectors"
	wordsName   = "words"
)

// openSafetensors reads a safetensors file; ok is false where the file is none.
func openSafetensors(path string) (t *Table, ok bool, err error) {
	f, err := safetensors.Open(path)
	if err != nil {
		// Only a name tells a broken file of this format from one of another.
		return nil, strings.HasSuffix(path, ".safetensors"), err
	}
	defer func() { _ = f.Close() }() // only read
	t, err = readSafetensors(f)
	return t, true, errors.Wrapf(err, "read %s", path)
}

func readSafetensors(f *safetensors.File) (*Table, error) {
	_, shape, ok := f.Info(vectorsName)
	if dtype, _, words := f.Info(wordsName); !ok || !words || len(shape) != 2 || dtype != safetensors.U8 {
		return nil, errors.Wrapf(ErrFormat, "found the tensors %v, expected %q [V, D], %q of bytes", f.Names(), vectorsName, wordsName)
	}
	x, err := f.Tensor(vectorsName)
	if err != nil {
		return nil, err
	}
	data, err := x.Float32s()
	if err != nil {
		return nil, err
	}
	x, err = f.Tensor(wordsName)
	if err != nil {
		return nil, err
	}
	words := strings.Split(strings.TrimSuffix(string(x.Data), "\n"), "\n")
	if len(words) != shape[0] {
		return nil, errors.Wrapf(ErrFormat, "%d words, %d vectors", len(words), shape[0])
	}
	return New(words, data, shape[1])
}

func (t *Table) saveSafetensors(path string) error {
	bytes := []byte(strings.Join(t.words, "\n") + "\n")
	return safetensors.WriteFile(path, []safetensors.Tensor{
		safetensors.FromFloat32s(vectorsName, []int{t.Len(), t.dim}, t.data),
		{Name: wordsName, DType: safetensors.U8, Shape: []int{len(bytes)}, Data: bytes},
	}, nil)
}
