package plot

import (
	"image"
	"image/png"
	"io"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

// WritePNG replaces the file path by img as PNG; when it fails, the file is as
// before.
func WritePNG(path string, img image.Image) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		return errors.Wrap(png.Encode(w, img), "encode png")
	})
}
