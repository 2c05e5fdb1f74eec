package download

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// checksum is what the content of a file must hash to; the zero value allows
// any content.
type checksum struct {
	kind string // sha256 or md5
	want []byte
}

// parseSum reads "sha256:HEX", of which the first eight digits do, or "md5:HEX". MD5 guards against accidents
// only; for several classical sets it is what their authors published.
func parseSum(s string) (checksum, error) {
	if s == "" {
		return checksum{}, nil
	}
	kind, digits, _ := strings.Cut(s, ":")
	want, err := hex.DecodeString(digits)
	c := checksum{kind, want}
	begins := kind == "sha256" && len(want) >= 4 // the part that names of PyTorch's files have
	if err != nil || (kind != "sha256" && kind != "md5") || len(want) != c.hash().Size() && !begins || len(want) > c.hash().Size() {
		return checksum{}, errors.Errorf("checksum %q, expected sha256: with 64 hexadecimal digits, or md5: with 32", s)
	}
	return c, nil
}

func (c checksum) hash() hash.Hash {
	if c.kind == "md5" {
		return md5.New()
	}
	return sha256.New()
}

// check returns ErrChecksum when the file has another checksum.
func (c checksum) check(path string) error {
	if c.kind == "" {
		return nil
	}
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	h := c.hash()
	if _, err := io.Copy(h, f); err != nil {
		return closeWith(f, err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	if got := h.Sum(nil)[:len(c.want)]; string(got) != string(c.want) {
		return errors.Wrapf(ErrChecksum, "%s is %x, expected %x", c.kind, got, c.want)
	}
	return nil
}

// matchFile says whether the file is there with this checksum. A wrong one
// under the final name counts as missing: it will be replaced.
func (c checksum) matchFile(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, errors.Errorf("%s is there, but is no file", path)
	}
	err = c.check(path)
	if errors.Is(err, ErrChecksum) {
		return false, nil
	}
	return err == nil, err
}
