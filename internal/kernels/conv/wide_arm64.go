package conv

// There is no wider form than that of tile_arm64.s.

func wideOf(*tileArgs, int) {}

func wideDepth(*depthArgs) {}

func wideCutOf(*chunkArgs, bool) {}

func wideWeave(*chunkArgs) {}

func wideJoinOf(*chunkArgs, bool) {}

func wideTurn(*turnArgs, int) {}
