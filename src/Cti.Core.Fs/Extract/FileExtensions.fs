// Extensions that names of files have in reports, by what a file of the kind says of an attack.
namespace Cti.Core

open System

/// What the extension of a name says.
[<Struct; RequireQualifiedAccess>]
type internal ExtensionKind =
    /// None that is known.
    | Unknown
    /// Runs, opens or unpacks: programs, scripts, packages, archives, disk images, shortcuts, documents of office programs.
    | Active
    /// Everything else that malware leaves or reads: data, pictures, databases, logs.
    | Passive
    /// What reports are made of and link to: texts, source code, rules.
    | Written

[<RequireQualifiedAccess>]
module internal FileExtensions =
    let private active =
        NameTable.ofTexts
            [
                "exe dll sys ocx scr cpl drv efi msi msp msix appx appxbundle bat cmd ps1 psm1 psd1 vbs vbe vba jse wsf wsh hta sct lnk url"
                "inf reg jar class apk xapk ipa dmg pkg deb rpm elf ko dylib so axf prx bin sh run pyw pyc pyd command workflow scpt"
                "zip rar 7z cab iso img vhd vhdx tar gz tgz bz2 xz ace arj lzh uue zipx sfx"
                "doc docx docm dot dotm dotx xls xlsx xlsm xlsb xlam xla xll xlt xltm ppt pptx pptm pps ppsx ppam rtf one odt ods pub"
                "chm mht mhtml slk iqy settingcontent-ms appref-ms application diagcab theme themepack library-ms search-ms oxt"
                "pdb i64 idb bpl ax wll node pif msc gadget"
            ]

    let private passive =
        NameTable.ofTexts
            [
                "dat db db3 sqlite tmp temp log ini cfg conf config bak old key pem crt cer der pfx p12 lic idx cache dmp mem raw"
                "png jpg jpeg gif ico bmp svg tif tiff webp mp3 mp4 avi wav mkv ttf otf woff cur ani"
                "bin1 enc crypt locked pid lock sock plist manifest job xsl xslt resx res rsrc nls mui cat pma pak asar torrent"
                "php phtml asp aspx ashx asmx jsp jspx jsf cfm cgi war ear htaccess ovpn rdp eml msg ost pst vcf ics"
                "pmt nfg hlp evtx evt etl swp swf fla xpi crx vmdk ova 3gp dex odex oat vdex smali mof aes kdbx wallet"
            ]

    let private written =
        NameTable.ofTexts
            [
                "txt md markdown rst adoc pdf html htm xhtml json jsonl ndjson xml yml yaml toml csv tsv stix stix2 misp openioc ioc"
                "yar yara rules rule sigma snort js mjs ts jsx tsx py rb pl pm go rs java kt swift c h cc cpp cxx hpp hh cs fs vb"
                "lua asm s css scss less sql ipynb tex bib make mk cmake gradle sln csproj vcxproj nix dockerfile proto diff patch"
                "docs readme license mov ps inc"
            ]

    /// What the extension of a name, in lower case and without its dot, says.
    let kindOf (extension: ReadOnlySpan<byte>) : ExtensionKind =
        if NameTable.contains active extension then
            ExtensionKind.Active
        elif NameTable.contains passive extension then
            ExtensionKind.Passive
        elif NameTable.contains written extension then
            ExtensionKind.Written
        else
            ExtensionKind.Unknown

    // Programs of operating systems that reports name because attackers run them, not because they bring them.
    let private system =
        NameTable.ofTexts
            [
                "rundll32.exe regsvr32.exe mshta.exe cmd.exe powershell.exe pwsh.exe powershell_ise.exe wscript.exe cscript.exe explorer.exe"
                "svchost.exe lsass.exe csrss.exe smss.exe wininit.exe winlogon.exe services.exe spoolsv.exe taskhost.exe taskhostw.exe"
                "schtasks.exe at.exe sc.exe net.exe net1.exe netsh.exe reg.exe regedit.exe wmic.exe msiexec.exe certutil.exe bitsadmin.exe"
                "regasm.exe regsvcs.exe installutil.exe msbuild.exe csc.exe vbc.exe jsc.exe aspnet_compiler.exe cvtres.exe werfault.exe"
                "wermgr.exe conhost.exe dllhost.exe sihost.exe ctfmon.exe notepad.exe calc.exe mspaint.exe control.exe attrib.exe icacls.exe"
                "takeown.exe cacls.exe xcopy.exe robocopy.exe forfiles.exe tasklist.exe taskkill.exe systeminfo.exe whoami.exe hostname.exe"
                "ipconfig.exe arp.exe route.exe nltest.exe nslookup.exe ping.exe tracert.exe netstat.exe quser.exe query.exe findstr.exe find.exe"
                "vssadmin.exe wbadmin.exe bcdedit.exe wevtutil.exe shutdown.exe logoff.exe mstsc.exe odbcconf.exe eventvwr.exe fodhelper.exe"
                "computerdefaults.exe sdclt.exe slui.exe cmstp.exe pcalua.exe mavinject.exe infdefaultbrowser.exe msconfig.exe dism.exe"
                "searchindexer.exe searchprotocolhost.exe runtimebroker.exe userinit.exe logonui.exe wuauclt.exe usoclient.exe winword.exe"
                "excel.exe powerpnt.exe outlook.exe eqnedt32.exe iexplore.exe firefox.exe msedge.exe opera.exe acrord32.exe java.exe javaw.exe"
                "python.exe node.exe ssh.exe curl.exe wget.exe tar.exe expand.exe extrac32.exe makecab.exe desktop.ini thumbs.db autorun.inf"
                "ntdll.dll kernel32.dll kernelbase.dll user32.dll advapi32.dll gdi32.dll ws2_32.dll wininet.dll winhttp.dll urlmon.dll"
                "shell32.dll shlwapi.dll ole32.dll oleaut32.dll crypt32.dll bcrypt.dll ncrypt.dll rpcrt4.dll secur32.dll samlib.dll netapi32.dll"
                "iphlpapi.dll dnsapi.dll psapi.dll dbghelp.dll comsvcs.dll version.dll setupapi.dll wtsapi32.dll userenv.dll mscoree.dll amsi.dll"
                "clr.dll mscorlib.dll msvcrt.dll ucrtbase.dll vcruntime140.dll msvcp140.dll mpr.dll imagehlp.dll gdiplus.dll comctl32.dll"
                "jquery.js jquery.min.js bootstrap.js bootstrap.min.js"
                "comdlg32.dll cfgmgr32.dll wintrust.dll cryptbase.dll cryptsp.dll uxtheme.dll propsys.dll sechost.dll ntoskrnl.exe hal.dll"
            ]

    /// Whether a name, in lower case, is that of a part of an operating system or of a program nearly everybody has.
    let isSystem (name: ReadOnlySpan<byte>) : bool = NameTable.contains system name
