package torchfile

import (
	"io"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
)

// storage is a run of elements in the file.
type storage struct {
	key   string
	dtype safetensors.DType
	len   int64 // elements
	data  io.ReaderAt
	begin int64 // in data
}

// tensor is a view of a storage.
type tensor struct {
	storage *storage
	dtype   safetensors.DType
	offset  int64 // elements
	shape   []int
	strides []int64
}

// storageTypes has the element types by PyTorch's names.
func storageTypes() map[string]safetensors.DType {
	return map[string]safetensors.DType{
		"FloatStorage": safetensors.F32, "DoubleStorage": safetensors.F64, "HalfStorage": safetensors.F16,
		"BFloat16Storage": safetensors.BF16, "LongStorage": safetensors.I64, "IntStorage": safetensors.I32,
		"ShortStorage": safetensors.I16, "CharStorage": safetensors.I8, "ByteStorage": safetensors.U8,
		"BoolStorage": safetensors.Bool,
	}
}

// dtypes has the element types by the names that untyped storages come with.
func dtypes() map[string]safetensors.DType {
	return map[string]safetensors.DType{
		"float32": safetensors.F32, "float64": safetensors.F64, "float16": safetensors.F16,
		"bfloat16": safetensors.BF16, "int64": safetensors.I64, "int32": safetensors.I32,
		"int16": safetensors.I16, "int8": safetensors.I8, "uint8": safetensors.U8, "bool": safetensors.Bool,
	}
}

// known reports whether a name is one of those that a state dict needs.
func known(g global) bool {
	switch g.module {
	case "collections":
		return g.name == "OrderedDict" || g.name == "defaultdict"
	case "__builtin__", "builtins":
		return g.name == "set" || g.name == "dict" || g.name == "list"
	case "torch._utils":
		return slices.Contains([]string{"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter"}, g.name)
	case "torch.storage":
		return g.name == "UntypedStorage" || g.name == "TypedStorage"
	case "torch":
		if storageTypes()[g.name] != "" || dtypes()[g.name] != "" {
			return true
		}
		return g.name == "Size" || g.name == "device"
	}
	return false
}

// call returns what a known function makes of its arguments.
func call(g global, all tuple) (any, error) {
	args := all.items
	switch g.name {
	case "OrderedDict", "defaultdict", "dict":
		return &dict{}, nil
	case "set", "list":
		if len(args) == 1 {
			return args[0], nil
		}
		return &list{}, nil
	case "Size", "device":
		return all, nil
	case "_rebuild_tensor", "_rebuild_tensor_v2":
		return rebuild(args, "")
	case "_rebuild_tensor_v3":
		if len(args) < 7 {
			return nil, errors.Wrapf(ErrFormat, "a tensor of %d parts, expected 7", len(args))
		}
		dtype, ok := args[6].(global)
		if !ok || dtypes()[dtype.name] == "" {
			return nil, errors.Wrapf(ErrFormat, "a tensor of type %s", kind(args[6]))
		}
		return rebuild(args, dtypes()[dtype.name])
	case "_rebuild_parameter":
		if len(args) == 0 {
			return nil, errors.Wrap(ErrFormat, "a parameter without a tensor")
		}
		if t, ok := args[0].(*tensor); ok {
			return t, nil
		}
		return nil, errors.Wrapf(ErrFormat, "a parameter of a %s, expected a tensor", kind(args[0]))
	}
	return nil, errors.Wrapf(ErrFormat, "a call of %s, which is a type", g)
}

// maxRank is PyTorch's limit of axes.
const maxRank = 64

// rebuild makes a tensor of (storage, offset, shape, strides, …), which must lie
// within the storage and repeat none of its elements.
func rebuild(args []any, dtype safetensors.DType) (*tensor, error) {
	if len(args) < 4 {
		return nil, errors.Wrapf(ErrFormat, "a tensor of %d parts, expected at least 4", len(args))
	}
	s, ok1 := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	sizes, ok3 := args[2].(tuple)
	steps, ok4 := args[3].(tuple)
	if !ok1 || !ok2 || !ok3 || !ok4 || len(sizes.items) != len(steps.items) {
		return nil, errors.Wrapf(ErrFormat, "a tensor of %s, %s, %s and %s", kind(args[0]), kind(args[1]), kind(args[2]), kind(args[3]))
	}
	rank := len(sizes.items)
	if rank > maxRank {
		return nil, errors.Wrapf(ErrFormat, "a tensor of %d axes, expected at most %d", rank, maxRank)
	}
	t := &tensor{storage: s, dtype: s.dtype, offset: offset, shape: make([]int, rank), strides: make([]int64, rank)}
	empty := false
	for i := range rank {
		n, ok1 := sizes.items[i].(int64)
		stride, ok2 := steps.items[i].(int64)
		if !ok1 || !ok2 || n < 0 || stride < 0 || n > math.MaxInt32 {
			return nil, errors.Wrapf(ErrFormat, "a tensor of size %s with stride %s, expected whole numbers from 0 on", brief(sizes.items[i]), brief(steps.items[i]))
		}
		t.shape[i], t.strides[i] = int(n), stride
		empty = empty || n == 0
	}
	have := s.len
	if dtype != "" { // an untyped storage counts bytes
		t.dtype, have = dtype, s.len*int64(s.dtype.Size())/int64(dtype.Size())
	}
	if offset < 0 || offset > have {
		return nil, errors.Wrapf(ErrFormat, "a tensor from element %d on, its storage %s has %d", offset, clip(s.key), have)
	}
	if empty {
		return t, nil
	}
	count, last := int64(1), offset
	for i, size := range t.shape {
		n, stride := int64(size), t.strides[i]
		if count > have/n {
			return nil, errors.Wrapf(ErrFormat, "a tensor of shape %v, its storage %s has %d elements", t.shape, clip(s.key), have)
		}
		count *= n
		if stride > 0 && n-1 > have/stride {
			return nil, errors.Wrapf(ErrFormat, "a tensor of shape %v with strides %v, its storage %s has %d elements", t.shape, t.strides, clip(s.key), have)
		}
		last += (n - 1) * stride // at most 65 times a storage
	}
	if last >= have {
		return nil, errors.Wrapf(ErrFormat, "a tensor from element %d to %d, its storage %s has %d", offset, last, clip(s.key), have)
	}
	return t, nil
}

// count returns the number of elements.
func (t *tensor) count() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// contiguous reports whether the elements lie in row-major order.
func (t *tensor) contiguous() bool {
	want := int64(1)
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.strides[i] != want {
			return false
		}
		want *= int64(t.shape[i])
	}
	return true
}

// sparse is from how many elements of its storage for one of its own on a view
// is read element by element: a view of two elements at the ends of a storage
// does not cost the storage.
const sparse = 64

// read returns the elements in row-major order.
func (t *tensor) read() ([]byte, error) {
	width := t.dtype.Size()
	out := make([]byte, t.count()*width)
	if len(out) == 0 {
		return out, nil
	}
	begin := t.storage.begin + t.offset*int64(width)
	if t.contiguous() {
		return out, readAt(t.storage.data, out, begin)
	}
	reach := int64(1)
	for i, n := range t.shape {
		reach += int64(n-1) * t.strides[i]
	}
	if reach/sparse > int64(t.count()) {
		return out, t.each(func(to int, from int64) error {
			return readAt(t.storage.data, out[to:to+width], begin+from*int64(width))
		})
	}
	whole := make([]byte, reach*int64(width))
	if err := readAt(t.storage.data, whole, begin); err != nil {
		return nil, err
	}
	return out, t.each(func(to int, from int64) error {
		copy(out[to:to+width], whole[from*int64(width):])
		return nil
	})
}

// each calls f for every element in row-major order: to counts bytes of the
// result, from elements of the storage.
func (t *tensor) each(f func(to int, from int64) error) error {
	width := t.dtype.Size()
	at := make([]int, len(t.shape))
	for i := range t.count() {
		from := int64(0)
		for a, k := range at {
			from += int64(k) * t.strides[a]
		}
		if err := f(i*width, from); err != nil {
			return err
		}
		for a := len(at) - 1; a >= 0; a-- {
			if at[a]++; at[a] < t.shape[a] {
				break
			}
			at[a] = 0
		}
	}
	return nil
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	return short(err, "data")
}
