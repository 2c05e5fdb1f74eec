package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

// Write writes the tensors and the metadata, which may be nil. Equal arguments
// give equal bytes: the data is ordered by decreasing element size, so that
// every tensor is aligned, then as given; the keys of metadata are sorted and
// the header is padded with spaces to a multiple of 8 bytes.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	for _, t := range tensors { // before anything is written
		if err := t.check(); err != nil {
			return errors.Wrap(err, "write safetensors")
		}
	}
	return writeFrom(w, tensors, func(i int) ([]byte, error) { return tensors[i].Data, nil }, metadata)
}

// WriteFile replaces the file path by the tensors and the metadata. When it
// fails, the file is as before.
func WriteFile(path string, tensors []Tensor, metadata map[string]string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		return Write(w, tensors, metadata)
	})
}

// WriteFileFrom is WriteFile for tensors that need not be in memory together:
// tensors have names, types and shapes, data is asked for the numbers of one
// after another, by index.
func WriteFileFrom(path string, tensors []Tensor, data func(i int) ([]byte, error), metadata map[string]string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		return writeFrom(w, tensors, data, metadata)
	})
}

func writeFrom(w io.Writer, tensors []Tensor, data func(i int) ([]byte, error), metadata map[string]string) error {
	order, err := layout(tensors)
	if err != nil {
		return errors.Wrap(err, "write safetensors")
	}
	header, err := encodeHeader(tensors, order, metadata)
	if err != nil {
		return errors.Wrap(err, "write safetensors")
	}
	if _, err := w.Write(header); err != nil {
		return errors.Wrap(err, "write safetensors header")
	}
	for _, i := range order {
		b, err := data(i)
		if err != nil {
			return err
		}
		t := Tensor{tensors[i].Name, tensors[i].DType, tensors[i].Shape, b}
		if err := t.check(); err != nil {
			return errors.Wrap(err, "write safetensors")
		}
		if _, err := w.Write(b); err != nil {
			return errors.Wrapf(err, "write tensor %q", t.Name)
		}
	}
	return nil
}

// layout checks the tensors and returns their indices in the order of the file.
func layout(tensors []Tensor) ([]int, error) {
	seen := make(map[string]bool, len(tensors))
	order := make([]int, len(tensors))
	for i, t := range tensors {
		order[i] = i
		switch {
		case t.Name == metadataKey:
			return nil, errors.Errorf("tensor %q: the name is taken by the format", t.Name)
		case !utf8.ValidString(t.Name):
			return nil, errors.Errorf("tensor %q: name is not UTF-8", t.Name)
		case seen[t.Name]:
			return nil, errors.Errorf("tensor %q appears twice", t.Name)
		}
		seen[t.Name] = true
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(tensors[b].DType.Size(), tensors[a].DType.Size())
	})
	return order, nil
}

// encodeHeader returns the header length and the padded header.
func encodeHeader(tensors []Tensor, order []int, metadata map[string]string) ([]byte, error) {
	var b bytes.Buffer
	b.Write(make([]byte, 8))
	b.WriteByte('{')
	if metadata != nil {
		for _, key := range slices.Sorted(maps.Keys(metadata)) {
			if !utf8.ValidString(key) || !utf8.ValidString(metadata[key]) {
				return nil, errors.Errorf("metadata %q: %q is not UTF-8", key, metadata[key])
			}
		}
		if err := member(&b, metadataKey, metadata); err != nil {
			return nil, err
		}
	}
	at := int64(0)
	for _, i := range order {
		t := tensors[i]
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		n, err := span(t.DType, shape)
		if err != nil {
			return nil, errors.Wrapf(err, "tensor %q", t.Name)
		}
		if n > math.MaxInt64-at {
			return nil, errors.Errorf("tensor %q: the tensors up to it are larger than any disk", t.Name)
		}
		err = member(&b, t.Name, struct {
			DType   DType    `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}{t.DType, shape, [2]int64{at, at + n}})
		if err != nil {
			return nil, err
		}
		at += n
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	header := b.Bytes()
	n := len(header) - 8
	if n > maxHeader {
		return nil, errors.Errorf("header of %d bytes, expected at most %d", n, maxHeader)
	}
	binary.LittleEndian.PutUint64(header, uint64(n))
	return header, nil
}

// member appends "key": value, behind a comma unless it is the first.
func member[V any](b *bytes.Buffer, key string, value V) error {
	if b.Len() > len("12345678{") {
		b.WriteByte(',')
	}
	name, err := json.Marshal(key)
	if err != nil {
		return errors.Wrapf(err, "encode name %q", key)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return errors.Wrapf(err, "encode %q", key)
	}
	b.Write(name)
	b.WriteByte(':')
	b.Write(text)
	return nil
}
