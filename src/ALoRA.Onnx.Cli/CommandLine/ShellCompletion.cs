namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// How a shell completes lines of the tool: its script, where that lies, and the line of the shell's own file that reads it.
/// </summary>
internal sealed class ShellCompletion
{
    private const string PowerShellName = "powershell";

    // The program's name, by which its users call the shell.
    private const string PowerShellProgram = "pwsh";

    private const string Mark = "# alora completion";

    private readonly string _scriptPath;
    private readonly string _profile;

    private ShellCompletion(string script, string scriptPath, string profile)
    {
        Script = script;
        _scriptPath = scriptPath;
        _profile = profile;
    }

    /// <summary>The shells that there are scripts for.</summary>
    public static string[] Shells { get; } = ["bash", "zsh", PowerShellName];

    /// <summary>The shell of a name, which is one of <see cref="Shells"/>; null if there is none.</summary>
    public static string? Find(string name)
    {
        string lower = name.ToLowerInvariant();
        return lower == PowerShellProgram ? PowerShellName : Shells.Contains(lower, StringComparer.Ordinal) ? lower : null;
    }

    /// <summary>The script.</summary>
    public string Script { get; }

    /// <summary>The completion for a shell.</summary>
    /// <param name="shell">A name that <see cref="Find"/> gave; null for the one that the user has.</param>
    /// <param name="variable">Variables of the environment.</param>
    /// <exception cref="CommandFailedException">The user's shell is none of them, or has no home.</exception>
    public static ShellCompletion Of(string? shell, Func<string, string?> variable)
    {
        string home = variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME")
            ?? throw new CommandFailedException(ExitCode.Failed, "HOME is not set, so that there is no place to install to. Use `show`.");
        string data = Path.Combine(
            OperatingSystem.IsWindows()
                ? variable("LOCALAPPDATA") ?? Path.Combine(home, "AppData", "Local")
                : variable("XDG_DATA_HOME") ?? Path.Combine(home, ".local", "share"),
            "alora");
        return (shell ?? Guess(variable)) switch
        {
            "bash" => new ShellCompletion(Bash, Path.Combine(data, "completion.bash"), Path.Combine(home, ".bashrc")),
            "zsh" => new ShellCompletion(
                Zsh, Path.Combine(data, "completion.zsh"), Path.Combine(variable("ZDOTDIR") ?? home, ".zshrc")),
            _ => new ShellCompletion(
                PowerShell,
                Path.Combine(data, "completion.ps1"),
                OperatingSystem.IsWindows()
                    ? Path.Combine(home, "Documents", "PowerShell", "profile.ps1")
                    : Path.Combine(variable("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "powershell", "profile.ps1")),
        };
    }

    /// <summary>Writes the script and has the shell's own file read it; once, however often it is called.</summary>
    /// <returns>What was written.</returns>
    public IReadOnlyList<string> Install()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_scriptPath)!);
        File.WriteAllText(_scriptPath, Script);
        string[] lines = File.Exists(_profile) ? File.ReadAllLines(_profile) : [];
        if (!lines.Any(IsOurs))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_profile)!);
            // A last line without an end is the user's, not the beginning of this one.
            string before = lines.Length > 0 && !File.ReadAllText(_profile).EndsWith('\n') ? "\n" : "";
            File.AppendAllText(_profile, $"{before}{LineOfProfile}\n");
        }

        return [_scriptPath, _profile];
    }

    /// <summary>Takes away what <see cref="Install"/> wrote, and nothing else.</summary>
    /// <returns>What was changed.</returns>
    public IReadOnlyList<string> Remove()
    {
        List<string> changed = [];
        if (File.Exists(_scriptPath))
        {
            File.Delete(_scriptPath);
            changed.Add(_scriptPath);
        }

        if (File.Exists(_profile) && File.ReadAllLines(_profile) is var lines && lines.Any(IsOurs))
        {
            File.WriteAllText(_profile, string.Concat(lines.Where(line => !IsOurs(line)).Select(line => line + "\n")));
            changed.Add(_profile);
        }

        return changed;
    }

    private string LineOfProfile => Path.GetExtension(_scriptPath) == ".ps1"
        ? $"if (Test-Path '{_scriptPath}') {{ . '{_scriptPath}' }} {Mark}"
        : $"[ -f '{_scriptPath}' ] && . '{_scriptPath}' {Mark}";

    private static bool IsOurs(string line) => line.EndsWith(Mark, StringComparison.Ordinal);

    private static string Guess(Func<string, string?> variable)
    {
        string shell = Path.GetFileNameWithoutExtension(variable("SHELL") ?? (OperatingSystem.IsWindows() ? PowerShellName : ""));
        return Find(shell)
            ?? throw new CommandFailedException(
                ExitCode.Usage,
                $"Your shell{(shell.Length > 0 ? $", {shell}," : "")} is not known. Name one of {string.Join(", ", Shells)}.");
    }

    // In each of them options are offered to who begins one; else files, unless the tool knows better.
    private const string Bash =
        """
        _alora_complete() {
            local word="${COMP_WORDS[COMP_CWORD]}" found
            found="$(alora "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -v '^[/]\|^-?$')"
            [[ "$word" == -* ]] || found="$(grep -v '^-' <<< "$found")"
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$found" -- "$word"))
        }
        complete -o default -o bashdefault -F _alora_complete alora

        """;

    private const string Zsh =
        """
        _alora_complete() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a found
            found=(${(f)"$(alora "[suggest:${#line}]" "$line" 2>/dev/null)"})
            found=(${${found:#/*}:#-\?})
            [[ "${words[CURRENT]}" == -* ]] || found=(${found:#-*})
            if (( $#found )); then compadd -- $found; else _files; fi
        }
        (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
        compdef _alora_complete alora

        """;

    private const string PowerShell =
        """
        Register-ArgumentCompleter -Native -CommandName alora -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $line = $commandAst.ToString().PadRight($cursorPosition)
            alora "[suggest:$cursorPosition]" "$line" 2>$null |
                Where-Object { $_ -notlike '/*' -and $_ -ne '-?' -and ($_ -notlike '-*' -or $wordToComplete -like '-*') } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;
}
