// Our own: what makes a cutter of YARA stumble.
import "pe"
import "math"

private rule small { condition: filesize < 1MB }

rule braces : tag other
{
  meta:
    description = "a \"quoted\" } text"
    date = "2024-01-02"
    reference = "https://www.example.com/report"
  strings:
    $a = "} rule x { \\"
    $b = /[}{]\/+"/ nocase // }
    $c = { 4D 5A [2-4] ( 01 | ?? ) /* } */ }
  condition:
    small and any of them
}

rule imports { condition: pe.number_of_sections > 2 and math.entropy(0, filesize) > 7.5 }
