package dates_test

import (
	"fmt"

	"github.com/hocsau/hocsau/datasets/dates"
)

func Example() {
	s, err := dates.New(dates.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range 4 {
		p, err := s.At(i)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Written, "→", p.ISO)
	}
	// Output:
	// ngày hai mươi hai tháng mười hai năm một nghìn chín trăm linh tám → 1908-12-22
	// 7 tháng 11, 2068 → 2068-11-07
	// Apr 11, 1993 → 1993-04-11
	// ngày mười tám tháng bảy năm 1921 → 1921-07-18
}
