package text

import (
	"encoding/json"
	"io"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

const (
	bpeFormat  = "hocsau bpe 1"
	maxBPEFile = 32 << 20 // bytes
)

// bpeFile is a BPE as it is stored: all other tokens follow from these.
type bpeFile struct {
	Format     string   `json:"format"`
	Lower      bool     `json:"lower"`
	Specials   []string `json:"specials"`
	Characters []string `json:"characters"`
	Merges     [][2]int `json:"merges"`
}

// Write writes the tokens as JSON.
func (b *BPE) Write(w io.Writer) error {
	err := json.NewEncoder(w).Encode(bpeFile{Format: bpeFormat, Lower: b.lower, Specials: b.specials, Characters: b.chars, Merges: b.merges})
	return errors.Wrap(err, "write BPE")
}

// ReadBPE reads what Write wrote.
func ReadBPE(r io.Reader) (*BPE, error) {
	var f bpeFile
	if err := json.NewDecoder(io.LimitReader(r, maxBPEFile)).Decode(&f); err != nil {
		return nil, errors.Wrap(err, "read BPE")
	}
	if f.Format != bpeFormat {
		return nil, errors.Errorf("read BPE: format %.40q, expected %q", f.Format, bpeFormat)
	}
	b, err := newBPE(f.Lower, f.Specials, f.Characters)
	if err != nil {
		return nil, errors.Wrap(err, "read BPE")
	}
	for _, pair := range f.Merges {
		if err := b.addMerge(pair); err != nil {
			return nil, errors.Wrap(err, "read BPE")
		}
	}
	return b, nil
}

// Save writes the tokens to a file; an old file is replaced only when the new one is whole.
func (b *BPE) Save(path string) error {
	return errors.Wrapf(replaceFile(path, b.Write), "save %s", path)
}

// LoadBPE reads a file that Save wrote.
func LoadBPE(path string) (*BPE, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrapf(withoutPath(err), "load BPE %s", path)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := ReadBPE(f)
	return b, errors.Wrapf(err, "load %s", path)
}
