package create

import (
	"io"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/image"
)

// readPicture reads a picture file, or - the standard input.
func readPicture(a *run.App, path string) (*image.Picture, error) {
	if path != "-" {
		return image.Read(path, image.Options{})
	}
	data, err := io.ReadAll(io.LimitReader(a.In, image.DefaultMaxBytes+1))
	if err != nil {
		return nil, errors.Wrap(err, "read the standard input")
	}
	p, err := image.Decode(data, image.Options{})
	return p, errors.Wrap(err, "read the standard input")
}
