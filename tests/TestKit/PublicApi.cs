using System.Reflection;
using System.Runtime.CompilerServices;
using PublicApiGenerator;

namespace ALoRA.Onnx.TestKit;

/// <summary>Compares a library's public members with the approved ones, so that a change of them is a visible line of a commit.</summary>
public static class PublicApi
{
    // The compiler numbers the type in this attribute by the members before it, private ones included.
    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false,
        ExcludeAttributes = [typeof(AsyncIteratorStateMachineAttribute).FullName!],
    };

    /// <summary>Fails if the public members of a library are not those of <c>tests/PROJECT.Tests/PublicApi.approved.txt</c>.</summary>
    public static void CheckApproved(Assembly library)
    {
        string folder = Path.Combine(RepositoryFolder.Root, "tests", $"{library.GetName().Name}.Tests");
        string approvedPath = Path.Combine(folder, "PublicApi.approved.txt");
        string receivedPath = Path.Combine(folder, "PublicApi.received.txt");
        string approved = File.Exists(approvedPath) ? File.ReadAllText(approvedPath).ReplaceLineEndings("\n") : "";
        string received = library.GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (received == approved)
        {
            File.Delete(receivedPath);
            return;
        }

        File.WriteAllText(receivedPath, received);
        string[] before = approved.Split('\n');
        string[] after = received.Split('\n');
        IEnumerable<string> changes =
            [.. before.Except(after).Select(line => $"- {line.Trim()}"), .. after.Except(before).Select(line => $"+ {line.Trim()}")];
        Assert.Fail(
            $"The public members of {library.GetName().Name} are not the approved ones:\n{string.Join('\n', changes.Take(50))}\n"
            + $"If the change is meant, move {receivedPath} to {approvedPath} and commit it; if not, make the members internal.");
    }
}
