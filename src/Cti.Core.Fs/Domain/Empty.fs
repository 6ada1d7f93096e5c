module internal Cti.Core.Empty
let x = 1
