package datasets

// pather is a set whose examples lie in files of their own.
type pather interface {
	// Path returns the file of example i.
	Path(i int) string
}

// PathOf returns the file that example i of d lies in; it is empty where d has no
// file for each example. The views of this package know those of what they show.
func PathOf(d Dataset, i int) string {
	if p, ok := d.(pather); ok {
		return p.Path(i)
	}
	return ""
}

// Path returns the file of example i, empty where there is none.
func (s *subset) Path(i int) string { return PathOf(s.Dataset, s.indices[i]) }

// Path returns the file of example i, empty where there is none.
func (s *normalized) Path(i int) string { return PathOf(s.Dataset, i) }

// Path returns the file of example i, empty where there is none.
func (c *concat) Path(i int) string {
	for k, end := range c.ends {
		if i < end {
			return PathOf(c.parts[k], i-end+c.parts[k].Len())
		}
	}
	return ""
}
