// Tables: what is taken and how it is printed, what is refused with which code. Names, paths, mutexes, registry keys, user agents.
module Cti.Core.Tests.Normalise.HostTextTableTests

open Cti.Core
open Cti.Core.Tests.Normalise.NormaliseTableTests
open Xunit

let private same (values: string list) =
    values |> List.map (fun value -> value, value)

// Refused in every text: what would break a line or turn text around.
let private unsafe =
    [
        "a\u0001b", NormaliseError.ControlCharacter
        "a\r\nb", NormaliseError.ControlCharacter
        "a\u007fb", NormaliseError.ControlCharacter
        "a\u0085b", NormaliseError.UnsafeText
        "a\u2028b", NormaliseError.UnsafeText
        "a\u2029b", NormaliseError.UnsafeText
        "invoice\u202egpj.exe", NormaliseError.UnsafeText
        "a\u2066b", NormaliseError.UnsafeText
        "a\u200eb", NormaliseError.UnsafeText
        "a\ufeffb", NormaliseError.UnsafeText
        "", NormaliseError.Empty
        " \t", NormaliseError.Empty
    ]

let private refusesUnsafe (observable: ObservableType) (before: string) =
    for written, error in unsafe do
        let error =
            if before <> "" && error = NormaliseError.Empty then
                NormaliseError.None
            else
                error

        if error <> NormaliseError.None then
            rejects (TypeHint.Fixed observable) (before + written) error

[<Fact>]
let ``a file name is kept as it is, without quotation marks around`` () =
    table
        (same
            [
                "evil.exe"
                "setup[1].exe"
                "a[.]b"
                "svchost .exe"
                "2016總統選舉民情中心.doc"
                "re\u0301sume\u0301.doc"
                "résumé.doc"
                "'x'.lnk"
                "a.txt:hidden"
                "[x].exe"
                "hxxp"
                ".bashrc"
                "%s%n"
                "=cmd"
            ]
         @ [ "\"evil.exe\"", "evil.exe"; " \" evil.exe \" ", "evil.exe" ])
        ObservableType.FileName

    refusals
        (TypeHint.Fixed ObservableType.FileName)
        [
            "C:\\Windows\\x.exe", NormaliseError.FileNameSeparator
            "bin/sh", NormaliseError.FileNameSeparator
            "*.exe", NormaliseError.FileNameCharacter
            "<random>.exe", NormaliseError.FileNameCharacter
            "evil.exe|d41d8cd98f00b204e9800998ecf8427e", NormaliseError.FileNameCharacter
            "a\"b", NormaliseError.FileNameCharacter
            "..", NormaliseError.FileNameCharacter
            "\"\"", NormaliseError.Empty
        ]

    refusesUnsafe ObservableType.FileName ""

[<Fact>]
let ``a path on Windows has backslashes, a drive and variables in upper case`` () =
    let recognised =
        [
            "C:\\Users\\Public\\x.exe", "C:\\Users\\Public\\x.exe"
            "c:\\\\users\\\\public\\\\x.exe", "C:\\users\\public\\x.exe"
            "C:\\.ssh\\id", "C:\\.ssh\\id"
            "C:\\a[.]b\\(dot)", "C:\\a[.]b\\(dot)"
            "%AppData%\\Microsoft\\x.exe", "%APPDATA%\\Microsoft\\x.exe"
            "\\\\server\\share\\x.exe", "\\\\server\\share\\x.exe"
            "\\\\\\\\server\\\\share\\\\x.exe", "\\\\server\\share\\x.exe"
            "\\\\?\\C:\\x\\y", "C:\\x\\y"
            "\\\\?\\UNC\\server\\share\\x", "\\\\server\\share\\x"
            "\\\\.\\pipe\\evil", "\\\\.\\pipe\\evil"
            "C:\\Users\\資料\\x.exe", "C:\\Users\\資料\\x.exe"
            "C:\\Temp\\", "C:\\Temp\\"
        ]

    tableAuto recognised ObservableType.FilePath

    table
        (recognised
         @ [
             "\"C:\\Program Files\\x.exe\"", "C:\\Program Files\\x.exe"
             "c:/users/public/x.exe", "C:\\users\\public\\x.exe"
             "%TEMP%/x.exe", "%TEMP%\\x.exe"
             "system32\\drivers\\x.sys", "system32\\drivers\\x.sys"
             "\\Windows\\x.exe", "\\Windows\\x.exe"
         ])
        ObservableType.FilePath

[<Fact>]
let ``a path elsewhere keeps its slashes, one at a time`` () =
    table
        [
            "/tmp/x.sh", "/tmp/x.sh"
            "//tmp///x.sh", "/tmp/x.sh"
            "~/Library/LaunchAgents/x.plist", "~/Library/LaunchAgents/x.plist"
            "$HOME/.x", "$HOME/.x"
            "bin/x", "bin/x"
            "/etc/cron.d/", "/etc/cron.d/"
        ]
        ObservableType.FilePath

    rejects TypeHint.Auto "/tmp/x.sh" NormaliseError.UrlPath

    refusals
        (TypeHint.Fixed ObservableType.FilePath)
        [
            "evil.exe", NormaliseError.FilePathMalformed
            "C:\\", NormaliseError.FilePathMalformed
            "%TEMP%\\", NormaliseError.FilePathMalformed
            "///", NormaliseError.FilePathMalformed
            "\\\\server\\", NormaliseError.FilePathMalformed
            "\\\\?\\Volume{0}\\x", NormaliseError.FilePathMalformed
            "http://evil.example/x", NormaliseError.FilePathMalformed
            "C:\\Temp\\*.tmp", NormaliseError.FileNameCharacter
            "C:\\<random>\\x.exe", NormaliseError.FileNameCharacter
            "C:\\x.exe|aa", NormaliseError.FileNameCharacter
            "\"\"", NormaliseError.Empty
        ]

    refusesUnsafe ObservableType.FilePath "C:\\x"

[<Fact>]
let ``a mutex is kept as it is`` () =
    table
        (same
            [
                "Global\\{6F9619FF-8B86-D011-B42D-00C04FC964FF}"
                "Local\\x"
                "\"quoted\""
                "a[.]b"
                "T1059"
                "192.0.2.1"
                "互斥"
            ])
        ObservableType.Mutex

    refusesUnsafe ObservableType.Mutex ""

[<Fact>]
let ``a registry key has its hive in full and the rest as it is`` () =
    let recognised =
        [
            "HKLM\\Software\\x", "HKEY_LOCAL_MACHINE\\Software\\x"
            "hkcu\\Software\\X", "HKEY_CURRENT_USER\\Software\\X"
            "HKCR\\.x", "HKEY_CLASSES_ROOT\\.x"
            "HKU\\S-1-5-18\\x", "HKEY_USERS\\S-1-5-18\\x"
            "HKCC\\x", "HKEY_CURRENT_CONFIG\\x"
            "hkey_local_machine\\SYSTEM\\\\x\\", "HKEY_LOCAL_MACHINE\\SYSTEM\\x"
            "HKLM:\\Software\\x", "HKEY_LOCAL_MACHINE\\Software\\x"
            "HKCU\\Software\\Classes\\CLSID\\{00000000-0000-0000-C000-000000000046}",
            "HKEY_CURRENT_USER\\Software\\Classes\\CLSID\\{00000000-0000-0000-C000-000000000046}"
            "HKCU\\Software\\資料\\a b", "HKEY_CURRENT_USER\\Software\\資料\\a b"
        ]

    tableAuto recognised ObservableType.RegistryKey

    table
        (recognised
         @ [
             "[HKEY_LOCAL_MACHINE\\Software\\x]", "HKEY_LOCAL_MACHINE\\Software\\x"
             "Computer\\HKEY_USERS\\x", "HKEY_USERS\\x"
             "Registry::HKLM\\x", "HKEY_LOCAL_MACHINE\\x"
             "\\REGISTRY\\MACHINE\\Software\\x", "HKEY_LOCAL_MACHINE\\Software\\x"
             "\\Registry\\User\\x", "HKEY_USERS\\x"
         ])
        ObservableType.RegistryKey

    refusals
        (TypeHint.Fixed ObservableType.RegistryKey)
        [
            "Software\\Microsoft\\x", NormaliseError.RegistryHive
            "HKLM", NormaliseError.RegistryHive
            "HKLM\\", NormaliseError.RegistryHive
            "HKLM\\ \\", NormaliseError.RegistryHive
            "HKLMX\\x", NormaliseError.RegistryHive
            "HKLM/Software/x", NormaliseError.RegistryHive
            "HKCU\\Software\\Run|%TEMP%\\x.dll", NormaliseError.RegistryValue
        ]

    refusesUnsafe ObservableType.RegistryKey "HKLM\\x"

[<Fact>]
let ``a user agent loses the header's name and quotation marks around`` () =
    let agent =
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:47.0) Gecko/20100101 Firefox/47.0"

    table
        [
            agent, agent
            "User-Agent: " + agent, agent
            "user-agent:" + agent, agent
            "\"" + agent + "\"", agent
            "User-Agent: \"x\"", "x"
            "() { :;}; echo [at]", "() { :;}; echo [at]"
            "a 'quoted' agent", "a 'quoted' agent"
        ]
        ObservableType.UserAgent

    refusals (TypeHint.Fixed ObservableType.UserAgent) [ "User-Agent:", NormaliseError.Empty ]
    refusesUnsafe ObservableType.UserAgent ""

[<Fact>]
let ``bytes that are no UTF-8 are refused in every text`` () =
    for observable in [ ObservableType.FileName; ObservableType.Mutex; ObservableType.UserAgent ] do
        for bytes in [ [| 'a'B; 0xFFuy |]; [| 'a'B; 0xC3uy |]; [| 'a'B; 0xEDuy; 0xA0uy; 0x80uy |] ] do
            let target = Array.zeroCreate<byte>(Normalise.bound bytes.Length)

            let found =
                Normalise.into (TypeHint.Fixed observable) (System.ReadOnlySpan<byte> bytes) (System.Span<byte> target)

            Assert.Equal(NormaliseError.InvalidUtf8, found.Error)
