// Package dates makes up written dates, English or Vietnamese, with their ISO form.
//
// It is the translation task that needs no file: pair i of a part is a function of the seed, the part, i, made when it
// is asked for.
//
//	s, err := dates.New(dates.Options{Part: dates.Train})
//	if err != nil {
//		return err
//	}
//	p, err := s.At(0)
//	fmt.Println(p.Written, "→", p.ISO) // thứ sáu, ngày 30 tháng 4 năm 2021 → 2021-04-30
//
// Days, months, years stand in figures or in words, in many orders, with or without the day of the week. No written
// form stands for two dates: forms such as 3/4/2021 do not occur. Texts are in Unicode's normal form C.
//
// The parts have no date in common, so that a test asks for dates never seen in any form.
package dates
