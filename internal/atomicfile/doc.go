// Package atomicfile replaces a file as a whole: a reader sees the old
// contents or the new, never a part, whatever happens to the writer.
//
//	err := atomicfile.Write("last/meta.json", func(w io.Writer) error {
//		return json.NewEncoder(w).Encode(meta)
//	})
//
// The contents go to a hidden file in the same folder, are forced to the disk
// and then renamed. A hidden file that a killed process left is removed by the
// next write of the same path.
package atomicfile
