// Package image reads picture files into [C, H, W] arrays of float32 with values from 0 to 1.
//
// PNG, JPEG, GIF, BMP, TIFF, WebP, PBM, PGM, PPM, PFM, TGA are recognised by their content, never by
// their name. The size is read from the header first, so that a file that claims an
// enormous picture is refused before anything is allocated for it.
//
//	p, err := image.Read("dog.jpg", image.Options{})
//	if err != nil {
//		return err
//	}
//	fmt.Println(p.Channels, p.Height, p.Width) // 3 576 768
//
// OpenFolder makes a data set of a folder in which every class is a sub-folder; Digit
// brings a photographed digit into the form of MNIST. Changes of size, crops, flips
// are the business of datasets/augment.
package image
