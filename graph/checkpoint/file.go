package checkpoint

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/machine"
	"github.com/hocsau/hocsau/internal/regular"
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
// which it tells apart by their first bytes; where the name ends in .onnx, the
// weights of an ONNX file. The caller closes it.
func Open(path string) (File, error) {
	if isONNX(path) {
		f, err := openONNX(path)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
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
	f, err := regular.Open(path)
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
	case stripped:
		return Metadata(f.File)
	case *safetensors.File:
		return f.Metadata
	case *torchfile.File:
		return f.Metadata
	case *onnxWeights:
		texts := map[string]string{}
		for _, p := range f.model.Metadata {
			texts[p.Key] = p.Value
		}
		return texts
	}
	return nil
}

// Convert writes the tensors of a file that [Open] reads, with its metadata, to
// a safetensors file, whose name ends so, one after another. rename gives the new
// name of a tensor, "" to leave it out; nil keeps the names. It returns the number of
// tensors written.
func Convert(from, to string, rename func(name string) string) (int, error) {
	f, err := Open(from)
	if err != nil {
		return 0, errors.Wrap(err, "convert weights")
	}
	defer f.Close()
	info, err := os.Stat(from)
	if err != nil {
		return 0, errors.Wrap(err, "convert weights")
	}
	if there, err := os.Stat(to); err == nil && os.SameFile(info, there) {
		return 0, errors.Errorf("convert weights %s: %s is the file that is read, expected another", from, to)
	}
	if ext := filepath.Ext(to); !strings.EqualFold(ext, ".safetensors") {
		return 0, errors.Errorf("convert weights: write %s: files are written as safetensors, expected a name that ends in .safetensors", to)
	}
	n, err := convert(f, info.Size(), to, rename)
	return n, errors.Wrapf(err, "convert weights %s", from)
}

// mostTimes is how many times the length of a file its tensors may take: two or
// three share a storage where weights are tied, thousands where it is meant to
// fill a disk.
const mostTimes = 32

func convert(f File, length int64, to string, rename func(name string) string) (int, error) {
	var list []safetensors.Tensor
	var names []string
	var bytes int64
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
			return 0, errors.Errorf("tensors %s and %s are both renamed to %s", other, name, as)
		}
		was[as] = name
		dtype, shape, _ := f.Info(name)
		size := int64(dtype.Size())
		for _, d := range shape {
			size *= int64(d) // of a tensor that lies in a file
		}
		bytes += size
		list = append(list, safetensors.Tensor{Name: as, DType: dtype, Shape: shape})
		names = append(names, name)
	}
	if bytes > 64<<20 && bytes/mostTimes > length {
		return 0, errors.Errorf("its tensors take %d bytes when each is written whole, expected at most %d times the %d of the file: they share their numbers", bytes, mostTimes, length)
	}
	if err := machine.Fits("the tensors of the file, each written whole,", bytes); err != nil {
		return 0, err
	}
	err := safetensors.WriteFileFrom(to, list, func(i int) ([]byte, error) {
		t, err := f.Tensor(names[i])
		if err != nil {
			return nil, err
		}
		return t.Data, nil
	}, Metadata(f))
	return len(list), err
}
