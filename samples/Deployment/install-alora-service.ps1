# Installs alora as a Windows service and starts it. In an elevated PowerShell:
#   .\install-alora-service.ps1 -Model C:\models\granite -KeyFile C:\alora\keys.txt
# To remove it: Stop-Service ALoRA.Onnx; sc.exe delete ALoRA.Onnx
#Requires -RunAsAdministrator
param(
    [Parameter(Mandatory)] [string] $Model,
    [Parameter(Mandatory)] [string] $KeyFile,
    [string] $Alora = "$env:ProgramFiles\alora\alora.exe",
    [string] $Urls = "http://127.0.0.1:8080",
    [string] $Name = "ALoRA.Onnx"
)

$ErrorActionPreference = "Stop"
foreach ($path in $Model, $KeyFile, $Alora) {
    if (-not (Test-Path -LiteralPath $path)) { throw "There is no $path. Give the path of what is there." }
}

# A service starts in the system's folder: what it is given are whole paths. appsettings.json lies beside alora.exe.
$Model = (Resolve-Path -LiteralPath $Model).Path
$KeyFile = (Resolve-Path -LiteralPath $KeyFile).Path
$command = "`"$Alora`" serve `"$Model`" --urls $Urls --api-key-file `"$KeyFile`""
New-Service -Name $Name -DisplayName "ALoRA.Onnx server" -StartupType Automatic -BinaryPathName $command | Out-Null

# After a crash it starts again: after 5 s, 30 s, and then every minute; a day without one counts anew.
sc.exe failure $Name reset= 86400 actions= restart/5000/restart/30000/restart/60000 | Out-Null
Start-Service -Name $Name
Get-Service -Name $Name
