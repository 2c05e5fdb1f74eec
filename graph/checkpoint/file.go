package checkpoint

import (
	"io"
	"os"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/internal/torchfile"
)

// File is an open file of named tensors.
type File interface {
	// Names returns the names in the file's order.
	Names() []string
	// Info returns type and shape of a tensor; ok is false for an unknown name.
	Info(name string) (dtype safetensors.DType, shape []int, ok bool)
	Tensor(name string) (*safetensors.Tensor, error)
	Close() error
}

// Open opens a safetensors file or a state dict of PyTorch, of either form,
// which it tells apart by their first bytes. The caller closes it.
func Open(path string) (File, error) {
	torch, err := isTorch(path)
	if err != nil {
		return nil, err
	}
	if torch {
		f, err := torchfile.Open(path)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func isTorch(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, errors.WithStack(err)
	}
	defer f.Close()
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil {
		return false, nil // too short, or a folder: the reader of the usual format says so
	}
	return torchfile.Is(head), nil
}

// Metadata returns the texts and numbers that stand beside the tensors.
func Metadata(f File) map[string]string {
	switch f := f.(type) {
	case *safetensors.File:
		return f.Metadata
	case *torchfile.File:
		return f.Metadata
	}
	return nil
}

// Convert writes the tensors of a file that [Open] reads, with its metadata, to
// a safetensors file. rename gives the new name of a tensor, "" to leave it out;
// nil keeps the names. It returns the number of tensors written.
func Convert(from, to string, rename func(name string) string) (int, error) {
	f, err := Open(from)
	if err != nil {
		return 0, errors.Wrap(err, "convert weights")
	}
	defer f.Close()
	var list []safetensors.Tensor
	was := map[string]string{}
	for _, name := range f.Names() {
		as := name
		if rename != nil {
			as = rename(name)
		}
		if as == "" {
			continue
		}
		if other, twice := was[as]; twice {
			return 0, errors.Errorf("convert weights %s: tensors %s and %s are both renamed to %s", from, other, name, as)
		}
		was[as] = name
		t, err := f.Tensor(name)
		if err != nil {
			return 0, errors.Wrapf(err, "convert weights %s", from)
		}
		t.Name = as
		list = append(list, *t)
	}
	return len(list), errors.Wrap(safetensors.WriteFile(to, list, Metadata(f)), "convert weights")
}
