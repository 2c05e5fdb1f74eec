package run

import (
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"
)

// PNGVar declares a flag for the PNG file that is drawn; any other ending is
// refused, as no other format is written.
func PNGVar(f *pflag.FlagSet, to *string, name, other, usage string) {
	*to = other
	f.Var((*pngFile)(to), name, usage)
}

type pngFile string

func (p *pngFile) String() string { return string(*p) }
func (p *pngFile) Type() string   { return "FILE.png" }

func (p *pngFile) Set(path string) error {
	if strings.ToLower(filepath.Ext(path)) != ".png" {
		return errors.New("expected a name that ends in .png")
	}
	*p = pngFile(path)
	return nil
}
