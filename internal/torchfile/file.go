package torchfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// The causes of errors for files that are not read.
var (
	ErrFormat    = errors.New("not a PyTorch state dict")
	ErrTruncated = errors.New("the file is cut short")
	ErrUnsafe    = errors.New("refused")
)

// maxPickle is more than the names, shapes and containers of any model need;
// the numbers lie outside the pickle.
const maxPickle = 64 << 20

// A File gives the tensors of one PyTorch file. Its methods may be called from
// several goroutines.
type File struct {
	// Metadata has the numbers and texts that stand beside the tensors, such as
	// an accuracy.
	Metadata map[string]string

	names   []string // in order
	tensors map[string]*tensor
	passed  []string // objects beside the tensors
	closer  io.Closer
}

// Is reports whether a file that begins with these bytes, at least four, is of
// one of the two forms.
func Is(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || len(head) >= 4 && head[0] == opProto && head[1] >= 2 && head[1] <= 5 && (head[2] == opLong1 || head[2] == opFrame)
}

// Open opens the file path and reads all but the numbers. The caller closes it.
func Open(path string) (*File, error) {
	file, err := regular.Open(path)
	if errors.Is(err, regular.ErrKind) {
		return nil, errors.Wrapf(ErrFormat, "read PyTorch file: %v", err)
	}
	if err != nil {
		return nil, errors.Wrap(err, "read PyTorch file")
	}
	f, err := openFile(file)
	if err != nil {
		_ = file.Close()
		return nil, errors.Wrapf(err, "read %s", path)
	}
	f.closer = file
	return f, nil
}

func openFile(file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if info.IsDir() {
		return nil, errors.Wrap(ErrFormat, "is a folder")
	}
	return Read(file, info.Size())
}

// Read reads all but the numbers of a PyTorch file that is the first size bytes
// of r.
func Read(r io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, min(4, size))
	if err := readAt(r, head, 0); err != nil {
		return nil, err
	}
	if !Is(head) {
		return nil, errors.Wrapf(ErrFormat, "begins with %q, expected a zip file or a pickle", head)
	}
	var root any
	var err error
	if head[0] == 'P' {
		root, err = readZip(r, size)
	} else {
		root, err = readPickles(r, size)
	}
	if err != nil {
		return nil, err
	}
	return newFile(root)
}

// readZip reads the form of a zip archive: data.pkl, with the numbers of each
// storage in a member of its own.
func readZip(r io.ReaderAt, size int64) (any, error) {
	d := &directory{r, maxDirectory}
	archive, err := zip.NewReader(d, size)
	if errors.Is(err, errDirectory) {
		return nil, errors.Wrap(ErrFormat, err.Error())
	}
	if err != nil {
		return nil, errors.Wrap(ErrTruncated, err.Error())
	}
	d.left = math.MaxInt // the members are looked at one by one
	members := map[string]*zip.File{}
	var pickle *zip.File
	for _, m := range archive.File {
		members[m.Name] = m
		if path.Base(m.Name) == "data.pkl" && (pickle == nil || len(m.Name) < len(pickle.Name)) {
			pickle = m
		}
	}
	if pickle == nil {
		return nil, errors.Wrap(ErrFormat, "a zip file without data.pkl")
	}
	root := strings.TrimSuffix(pickle.Name, "data.pkl")
	if order, err := stored(members[root+"byteorder"], r, size); err == nil {
		if b, err := io.ReadAll(io.LimitReader(order, 16)); err == nil && string(b) == "big" {
			return nil, errors.Wrap(ErrFormat, "numbers in big-endian order, expected little-endian")
		}
	}
	data, err := stored(pickle, r, size)
	if err != nil {
		return nil, errors.Wrap(err, clip(pickle.Name))
	}
	if data.Size() > maxPickle {
		return nil, errors.Wrapf(ErrFormat, "%s of %d bytes, expected at most %d", clip(pickle.Name), data.Size(), maxPickle)
	}
	known := map[string]*storage{}
	return unpickle(bufio.NewReader(data), data.Size(), func(id []any) (*storage, error) {
		s, err := newStorage(id)
		if err != nil || known[s.key] != nil {
			return known[keyOf(s)], err
		}
		name := root + "data/" + s.key
		section, err := stored(members[name], r, size)
		if err != nil {
			return nil, errors.Wrap(err, clip(name))
		}
		if section.Size() != s.len*int64(s.dtype.Size()) {
			return nil, errors.Wrapf(ErrTruncated, "%s has %d bytes, expected %d numbers of type %s", clip(name), section.Size(), s.len, s.dtype)
		}
		s.data = section
		known[s.key] = s
		return s, nil
	})
}

// maxDirectory is the most bytes that are read of a zip file to find its members:
// about 200,000 of them, each of which takes half a kilobyte here.
const maxDirectory = 16 << 20

var errDirectory = errors.Errorf("the directory of the zip file is longer than %d bytes", maxDirectory)

// directory reads from r until that many bytes are read.
type directory struct {
	r    io.ReaderAt
	left int
}

func (d *directory) ReadAt(b []byte, at int64) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, errDirectory
	}
	return d.r.ReadAt(b, at)
}

func keyOf(s *storage) string {
	if s == nil {
		return ""
	}
	return s.key
}

// stored returns the bytes of a member of a file of size bytes. PyTorch does not
// compress them.
func stored(m *zip.File, r io.ReaderAt, size int64) (*io.SectionReader, error) {
	if m == nil {
		return nil, errors.Wrap(ErrFormat, "is not in the file")
	}
	if m.Method != zip.Store || m.CompressedSize64 != m.UncompressedSize64 {
		return nil, errors.Wrap(ErrFormat, "is compressed, expected a member as it is")
	}
	at, err := m.DataOffset()
	if err != nil {
		return nil, errors.Wrap(ErrTruncated, err.Error())
	}
	if m.UncompressedSize64 > uint64(max(0, size-at)) {
		return nil, errors.Wrapf(ErrTruncated, "has %d bytes, the file %d from there on", m.UncompressedSize64, max(0, size-at))
	}
	return io.NewSectionReader(r, at, int64(m.UncompressedSize64)), nil
}

// readPickles reads the older form: pickles of a magic number, a version, facts
// about the machine, the state dict and the order of its storages, then the
// numbers of each storage behind their count.
func readPickles(r io.ReaderAt, size int64) (any, error) {
	section := io.NewSectionReader(r, 0, size)
	in := bufio.NewReader(section)
	limit := min(size, maxPickle)
	magic, err := unpickle(in, limit, nil)
	if err != nil {
		return nil, err
	}
	if n, ok := magic.(*big.Int); !ok || n.Text(16) != "1950a86a20f9469cfc6c" {
		return nil, errors.Wrap(ErrFormat, "a pickle that torch.save did not write")
	}
	if _, err := unpickle(in, limit, nil); err != nil { // the version
		return nil, err
	}
	about, err := unpickle(in, limit, nil)
	if err != nil {
		return nil, err
	}
	if d, ok := about.(*dict); ok {
		if little, ok := d.get("little_endian"); ok && little == any(false) {
			return nil, errors.Wrap(ErrFormat, "numbers in big-endian order, expected little-endian")
		}
	}
	known := map[string]*storage{}
	root, err := unpickle(in, limit, func(id []any) (*storage, error) {
		s, err := newStorage(id)
		if err != nil || known[s.key] != nil {
			return known[keyOf(s)], err
		}
		known[s.key] = s
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	order, err := unpickle(in, limit, nil)
	if err != nil {
		return nil, err
	}
	keys, ok := order.(*list)
	if !ok {
		return nil, errors.Wrapf(ErrFormat, "the order of the storages is a %s, expected a list", kind(order))
	}
	read, err := section.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	return root, placeStorages(known, keys.items, r, read-int64(in.Buffered()), size)
}

// placeStorages says where in r, of size bytes, the storages lie that follow
// each other from at on.
func placeStorages(known map[string]*storage, keys []any, r io.ReaderAt, at, size int64) error {
	for _, k := range keys {
		key, ok := k.(string)
		if !ok {
			return errors.Wrapf(ErrFormat, "the name of a storage is %s, expected a text", brief(k))
		}
		s := known[key]
		if s == nil {
			return errors.Wrapf(ErrFormat, "storage %s belongs to no tensor", brief(key))
		}
		var count [8]byte
		if at+8 > size {
			return errors.Wrapf(ErrTruncated, "the file ends before storage %s", clip(key))
		}
		if err := readAt(r, count[:], at); err != nil {
			return err
		}
		if n := int64(binary.LittleEndian.Uint64(count[:])); n != s.len {
			return errors.Wrapf(ErrFormat, "storage %s has %d numbers, expected %d", clip(key), n, s.len)
		}
		at += 8
		if bytes := s.len * int64(s.dtype.Size()); bytes > size-at {
			return errors.Wrapf(ErrTruncated, "storage %s needs %d bytes, the file has %d left", clip(key), bytes, size-at)
		}
		s.data, s.begin = r, at
		at += s.len * int64(s.dtype.Size())
	}
	for key, s := range known {
		if s.data == nil {
			return errors.Wrapf(ErrTruncated, "storage %s is not in the file", clip(key))
		}
	}
	return nil
}

// maxStorage is the most elements of a storage, so that its bytes are counted
// without overflow.
const maxStorage = 1 << 48

// newStorage reads ("storage", type, key, device, length, …).
func newStorage(id []any) (*storage, error) {
	if len(id) < 5 || id[0] != any("storage") {
		return nil, errors.Wrapf(ErrFormat, "the name of a storage has %d parts, expected 5", len(id))
	}
	g, ok1 := id[1].(global)
	key, ok2 := id[2].(string)
	n, ok3 := id[4].(int64)
	if !ok1 || !ok2 || !ok3 || n < 0 || n > maxStorage {
		return nil, errors.Wrapf(ErrFormat, "a storage of %s, %s and %s", kind(id[1]), kind(id[2]), kind(id[4]))
	}
	dtype := storageTypes()[g.name]
	if g.name == "UntypedStorage" {
		dtype = safetensors.U8
	}
	if dtype == "" {
		return nil, errors.Wrapf(ErrFormat, "a storage of %s", kind(g))
	}
	return &storage{key: key, dtype: dtype, len: n}, nil
}

// stateDicts are the usual names of the state dict in a checkpoint.
func stateDicts() []string {
	return []string{"state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params"}
}

// newFile finds the state dict: what was saved, or the part of it that is one.
func newFile(root any) (*File, error) {
	d, ok := root.(*dict)
	switch root := root.(type) {
	case *foreign:
		return nil, root.refuse()
	case global:
		return nil, (&foreign{class: root.String()}).refuse()
	}
	if !ok {
		return nil, errors.Wrapf(ErrFormat, "holds a %s, expected a state dict", kind(root))
	}
	f := &File{tensors: map[string]*tensor{}, Metadata: map[string]string{}}
	if f.take(d) {
		return f, f.passOver(d, true)
	}
	var found []string
	for i, v := range d.values {
		inner, ok := v.(*dict)
		if name, isText := d.keys[i].(string); isText && ok && holdsTensors(inner) {
			found = append(found, name)
		}
	}
	choice := slices.IndexFunc(stateDicts(), func(name string) bool { return slices.Contains(found, name) })
	var name string
	switch {
	case choice >= 0:
		name = stateDicts()[choice]
	case len(found) == 1:
		name = found[0]
	case len(found) == 0:
		if err := refuseForeign(d); err != nil {
			return nil, err
		}
		return nil, errors.Wrap(ErrFormat, "holds no tensors")
	default:
		return nil, errors.Wrapf(ErrFormat, "holds several state dicts: %s; expected one of them to be named %s", clip(strings.Join(found, ", ")), stateDicts()[0])
	}
	inner, _ := d.get(name)
	if inner, ok := inner.(*dict); ok {
		f.take(inner)
		if err := f.passOver(inner, true); err != nil {
			return nil, err
		}
	}
	return f, f.passOver(d, false)
}

func holdsTensors(d *dict) bool {
	return slices.ContainsFunc(d.values, func(v any) bool { _, ok := v.(*tensor); return ok })
}

// take adds the entries of d, numbers and texts as metadata, and reports whether
// d is a state dict: more tensors than containers.
func (f *File) take(d *dict) bool {
	tensors, containers := 0, 0
	for _, v := range d.values {
		switch v.(type) {
		case *tensor:
			tensors++
		case *dict:
			containers++
		}
	}
	is := tensors > containers
	for i, v := range d.values {
		name := fmt.Sprint(d.keys[i])
		switch v := v.(type) {
		case *tensor:
			if is {
				if f.tensors[name] == nil {
					f.names = append(f.names, name)
				}
				f.tensors[name] = v
			}
		case bool, int64, float64, string:
			f.Metadata[name] = fmt.Sprint(v)
		}
	}
	return is
}

// Names returns the names of the tensors in the file's order.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Info returns type and shape of a tensor; ok is false where the file has none
// of that name.
func (f *File) Info(name string) (dtype safetensors.DType, shape []int, ok bool) {
	t, ok := f.tensors[name]
	if !ok {
		return "", nil, false
	}
	return t.dtype, slices.Clone(t.shape), true
}

// Tensor reads one tensor.
func (f *File) Tensor(name string) (*safetensors.Tensor, error) {
	t, ok := f.tensors[name]
	if !ok {
		return nil, errors.Errorf("tensor %q is not in the file, which holds %d others", name, len(f.tensors))
	}
	data, err := t.read()
	if err != nil {
		return nil, errors.Wrapf(err, "tensor %q", name)
	}
	return &safetensors.Tensor{Name: name, DType: t.dtype, Shape: slices.Clone(t.shape), Data: data}, nil
}

// Close closes the file that Open opened; after Read there is nothing to close.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return errors.Wrap(f.closer.Close(), "close PyTorch file")
}

// short turns the end of the input into ErrTruncated and keeps other errors.
func short(err error, what string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Wrapf(ErrTruncated, "%s: the input ends inside", what)
	}
	return errors.Wrap(err, what)
}
