using System.Diagnostics;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>
/// Ends the processes of tests whose own process was killed, which ends no children: a shell that is told of every one, and whose input
/// ends with the tests. It does not hear what the terminal says to all, so that it goes last. Thread-safe.
/// </summary>
internal static class Watchdog
{
    /// <summary>What the shell runs: its input has a sign and a number in each line.</summary>
    public const string Script = """
        trap '' INT TERM HUP
        all=' '
        while read -r sign pid; do
            case $sign in
                +) all="$all$pid " ;;
                -) case $all in *" $pid "*) all="${all%% $pid *} ${all#* $pid }" ;; esac ;;
            esac
        done
        for pid in $all; do kill -9 "$pid" 2> /dev/null; done
        """;

    private static readonly Lazy<Process?> Shell = new(Start);
    private static readonly Lock Gate = new();

    /// <summary>Has a process ended with the tests.</summary>
    public static Process Watch(Process process)
    {
        Say('+', process.Id);
        return process;
    }

    /// <summary>Says that a process has ended, before its number is anybody else's.</summary>
    public static void Forget(Process process) => Say('-', process.Id);

    private static void Say(char sign, int process)
    {
        lock (Gate)
        {
            Shell.Value?.StandardInput.WriteLine($"{sign} {process}");
            Shell.Value?.StandardInput.Flush();
        }
    }

    private static Process? Start() => Programs.Find("sh") is { } shell
        ? Process.Start(new ProcessStartInfo(shell, ["-c", Script]) { RedirectStandardInput = true })
        : null;
}
