package cheatsheet_test

import (
	"fmt"

	"github.com/hocsau/hocsau/cmd/internal/cheatsheet"
)

func ExampleFind() {
	for _, i := range cheatsheet.Find("padding: same") {
		worked, err := i.Worked(cheatsheet.English)
		fmt.Println(i.ID, i.Symbol, err)
		fmt.Println(worked)
	}
	// Output:
	// 1.3d graph/nn.SamePad <nil>
	// I = 6, F = 3, S = 2: P_start = 0, P_end = 1, O = 3
}
