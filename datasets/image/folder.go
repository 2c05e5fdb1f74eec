package image

import (
	"image"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pkg/errors"
)

// Fit says how a picture of another size becomes Height×Width.
type Fit int

// The ways of Fit.
const (
	// Stretch ignores the proportions.
	Stretch Fit = iota
	// CenterCrop scales the picture until it covers the size, then takes the middle.
	CenterCrop
)

// DefaultCacheBytes is the memory that a Folder uses for decoded pictures where FolderOptions holds 0.
const DefaultCacheBytes = 1 << 30

// FolderOptions says how OpenFolder reads its files.
type FolderOptions struct {
	Options
	Height, Width int   // size of every example; 0 means the size of the first picture
	Fit           Fit   // for pictures of another size
	CacheBytes    int64 // decoded pictures kept in memory, one byte a value; 0 means DefaultCacheBytes, less means none
}

// Problem is a file that could not be used.
type Problem struct {
	Path string
	Err  error
}

// Folder is a data set of picture files: the class of a file is the sub-folder of the root in which it lies,
// at any depth, links followed. It implements datasets.Dataset. At is safe for use by several goroutines.
type Folder struct {
	o        FolderOptions
	classes  []string
	files    []file
	problems []Problem
}

type file struct {
	path   string
	label  int
	pixels []byte // [C, H, W], nil where the cache is full
	whole  bool   // the picture has that size in its file
}

// OpenFolder lists the classes of root, sorted by name, and decodes every file once. A file that is no
// readable picture stops nothing: it is left out, counted, named by Problems. A root without sub-folders is one
// class, named after the root. What [Junk] names is passed over, as are files beside the classes.
func OpenFolder(root string, o FolderOptions) (*Folder, error) {
	f, err := newFolder(root, o)
	if err != nil {
		return nil, err
	}
	if err := f.list(root); err != nil {
		return nil, errors.Wrapf(err, "open image folder %s", root)
	}
	return f.fill(root)
}

// Labelled is a picture file with its class.
type Labelled struct {
	Path  string
	Label int // of the classes
}

// OpenFiles is [OpenFolder] for files listed one by one. where is what messages call the set.
func OpenFiles(where string, files []Labelled, classes []string, o FolderOptions) (*Folder, error) {
	f, err := newFolder(where, o)
	if err != nil {
		return nil, err
	}
	f.classes = classes
	for _, l := range files {
		if l.Label < 0 || l.Label >= len(classes) {
			return nil, errors.Errorf("open image folder %s: %s has label %d, expected 0 to %d", where, l.Path, l.Label, len(classes)-1)
		}
		f.files = append(f.files, file{path: l.Path, label: l.Label})
	}
	return f.fill(where)
}

func newFolder(root string, o FolderOptions) (*Folder, error) {
	opts, err := o.Options.withDefaults()
	if err != nil {
		return nil, errors.Wrapf(err, "open image folder %s", root)
	}
	o.Options = opts
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	if o.Height < 0 || o.Width < 0 || (o.Height == 0) != (o.Width == 0) {
		return nil, errors.Errorf("open image folder %s: size %d×%d, expected two positive numbers or 0×0", root, o.Height, o.Width)
	}
	return &Folder{o: o}, nil
}

// fill decodes the files.
func (f *Folder) fill(root string) (*Folder, error) {
	if len(f.files) == 0 {
		return nil, errors.Errorf("open image folder %s: found no file, expected sub-folders of pictures, one a class", root)
	}
	f.decodeAll()
	if len(f.files) == 0 {
		return nil, errors.Errorf("open image folder %s: none of %d files is a readable picture, the first: %v", root, len(f.problems), f.problems[0].Err)
	}
	return f, nil
}

// Len returns the number of readable pictures.
func (f *Folder) Len() int { return len(f.files) }

// Shape returns [C, H, W].
func (f *Folder) Shape() []int { return []int{f.o.Channels, f.o.Height, f.o.Width} }

// Classes returns the names of the sub-folders.
func (f *Folder) Classes() []string { return f.classes }

// Count returns the number of pictures of each class.
func (f *Folder) Count() []int {
	n := make([]int, len(f.classes))
	for _, x := range f.files {
		n[x.label]++
	}
	return n
}

// Problems returns the files that were left out, in the order of their paths.
func (f *Folder) Problems() []Problem { return f.problems }

// Path returns the file of example i.
func (f *Folder) Path(i int) string { return f.files[i].path }

// Label returns the class of example i without reading its file.
func (f *Folder) Label(i int) (int, error) {
	if i < 0 || i >= len(f.files) {
		return 0, errors.Errorf("image folder: example %d of %d", i, len(f.files))
	}
	return f.files[i].label, nil
}

// At writes picture i [C·H·W], values in [0, 1], into x; it returns its class.
func (f *Folder) At(i int, x []float32) (label int, err error) {
	if err := f.checkAt(i, x); err != nil {
		return 0, err
	}
	pixels := f.files[i].pixels
	if pixels == nil {
		if pixels, _, err = f.decode(f.files[i].path); err != nil {
			return 0, err
		}
	}
	toUnit(x, pixels)
	return f.files[i].label, nil
}

func (f *Folder) checkAt(i int, x []float32) error {
	if i < 0 || i >= len(f.files) {
		return errors.Errorf("image folder: example %d of %d", i, len(f.files))
	}
	if n := f.o.Channels * f.o.Height * f.o.Width; len(x) != n {
		return errors.Errorf("image folder: room for %d values, expected %d", len(x), n)
	}
	return nil
}

// list fills classes, files.
func (f *Folder) list(root string) error {
	entries, err := os.ReadDir(root)
	if err != nil {
		return withoutPath(err)
	}
	for _, e := range entries {
		if info, err := os.Stat(filepath.Join(root, e.Name())); err == nil && info.IsDir() && !Junk(e.Name()) {
			f.classes = append(f.classes, e.Name())
		}
	}
	if len(f.classes) == 0 {
		abs, err := filepath.Abs(root)
		if err != nil {
			return err
		}
		f.classes = []string{filepath.Base(abs)}
		f.walk(root, 0)
		return nil
	}
	for label, name := range f.classes {
		f.walk(filepath.Join(root, name), label)
	}
	return nil
}

func (f *Folder) walk(dir string, label int) {
	found, problems := Files(dir)
	f.problems = append(f.problems, problems...)
	for _, x := range found {
		f.files = append(f.files, file{path: x.Path, label: label})
	}
}

// decodeAll decodes every file, keeps what fits the cache, drops what cannot be read.
func (f *Folder) decodeAll() {
	errs := make([]error, len(f.files))
	first := 0
	for f.o.Height == 0 && first < len(f.files) { // the first readable picture gives the size
		p, err := Read(f.files[first].path, f.o.Options)
		if err != nil {
			errs[first] = err
			first++
			continue
		}
		f.o.Height, f.o.Width = p.Height, p.Width
	}
	keep := int64(0)
	if f.o.CacheBytes > 0 && f.o.Height > 0 {
		keep = f.o.CacheBytes / int64(f.o.Channels*f.o.Height*f.o.Width)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				if int64(i) < keep {
					f.files[i].pixels, f.files[i].whole, errs[i] = f.decode(f.files[i].path)
				} else {
					errs[i] = checkFile(f.files[i].path, f.o.Options)
				}
			}
		})
	}
	for i := first; i < len(f.files); i++ {
		next <- i
	}
	close(next)
	workers.Wait()
	good := f.files[:0]
	for i, err := range errs {
		if err != nil {
			f.problems = append(f.problems, Problem{f.files[i].path, err})
			continue
		}
		good = append(good, f.files[i])
	}
	f.files = good
	slices.SortFunc(f.problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
}

// decode returns the picture at path as bytes [C, H, W] of the data set's size; whole
// tells that it had that size.
func (f *Folder) decode(path string) (pixels []byte, whole bool, err error) {
	var fit func(w, h int) image.Rectangle
	if f.o.Fit == CenterCrop {
		fit = func(w, h int) image.Rectangle {
			whole = w == f.o.Width && h == f.o.Height
			left, top, w, h := CropArea(w, h, f.o.Width, f.o.Height)
			return image.Rect(left, top, left+w, top+h)
		}
	}
	l, err := readLevels(path, f.o.Options, fit)
	if err != nil {
		return nil, false, err
	}
	if fit == nil {
		whole = l.width == f.o.Width && l.height == f.o.Height
	}
	if l, err = l.fitted(f.o.Height, f.o.Width, Stretch); err != nil {
		return nil, false, errors.Wrapf(err, "read image %s", path)
	}
	return l.pix, whole, nil
}
