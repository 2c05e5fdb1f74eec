package image

import "github.com/pkg/errors"

// Oriented returns the width, height of the picture in the file at path, as it is to be seen, with the EXIF
// orientation 1 to 8 by which the stored picture is turned to be seen so; 1 is as stored, from 5 on the sides change
// places.
func Oriented(path string, o Options) (width, height, orientation int, err error) {
	if o, err = o.withDefaults(); err != nil {
		return 0, 0, 0, errors.Wrapf(err, "read image size %s", path)
	}
	data, err := readFile(path, o.MaxBytes)
	if err != nil {
		return 0, 0, 0, errors.Wrapf(err, "read image size %s", path)
	}
	if width, height, err = size(data, o); err != nil {
		return 0, 0, 0, errors.Wrapf(err, "read image size %s", path)
	}
	orientation = 1
	if f, err := findFormat(data); err == nil {
		orientation = f.turned(data)
	}
	return width, height, orientation, nil
}
