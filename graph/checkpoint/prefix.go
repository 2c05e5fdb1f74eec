package checkpoint

import (
	"strings"

	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/internal/torchfile"
)

// Prefix returns what is to be taken off all names of a file so that most of them
// are known: parts up to a dot that all begin with, such as the module. of
// nn.DataParallel, the _orig_mod. of torch.compile or the model. of Lightning. It
// is empty where the names are known as they are, or are not known without the
// prefix either.
func Prefix(names []string, known func(name string) bool) string {
	count := func(prefix string) int {
		n := 0
		for _, name := range names {
			if known(strings.TrimPrefix(name, prefix)) {
				n++
			}
		}
		return n
	}
	best, most := "", count("")
	for prefix := nextPart(names, ""); prefix != ""; prefix = nextPart(names, prefix) {
		if n := count(prefix); n > most {
			best, most = prefix, n
		}
	}
	return best
}

// nextPart returns the prefix with the next part up to a dot that all names have
// in common, or "".
func nextPart(names []string, prefix string) string {
	if len(names) == 0 {
		return ""
	}
	dot := strings.IndexByte(names[0][len(prefix):], '.')
	if dot < 0 {
		return ""
	}
	longer := names[0][:len(prefix)+dot+1]
	for _, name := range names {
		if !strings.HasPrefix(name, longer) {
			return ""
		}
	}
	return longer
}

// Without returns the file with a prefix taken off the names that have it.
func Without(f File, prefix string) File {
	if prefix == "" {
		return f
	}
	s := stripped{File: f, was: map[string]string{}}
	for _, name := range f.Names() {
		short := strings.TrimPrefix(name, prefix)
		s.names = append(s.names, short)
		s.was[short] = name
	}
	return s
}

// stripped is a file whose names are shorter than in it.
type stripped struct {
	File
	names []string
	was   map[string]string
}

func (s stripped) Names() []string { return append([]string(nil), s.names...) }

func (s stripped) Info(name string) (dtype safetensors.DType, shape []int, ok bool) {
	was, ok := s.was[name]
	if !ok {
		return "", nil, false
	}
	return s.File.Info(was)
}

func (s stripped) Tensor(name string) (*safetensors.Tensor, error) {
	was, ok := s.was[name]
	if !ok {
		return s.File.Tensor(name) // which says that there is none
	}
	t, err := s.File.Tensor(was)
	if err != nil {
		return nil, err
	}
	as := *t
	as.Name = name
	return &as, nil
}

// Passed returns the objects beside the tensors of a file of PyTorch that are
// passed over, as in "args (argparse.Namespace)".
func Passed(f File) []string {
	switch f := f.(type) {
	case stripped:
		return Passed(f.File)
	case *torchfile.File:
		return f.Passed()
	}
	return nil
}
