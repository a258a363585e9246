using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ALoRA.Onnx.EndToEnd.Tests.Documents;

/// <summary>A snippet as a program of its own: what is printed and the usings of a new console project, nothing else.</summary>
internal sealed class SnippetProgram : IDisposable
{
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).Contains("Test", StringComparison.Ordinal))
            .DistinctBy(Path.GetFileNameWithoutExtension)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    private readonly AssemblyLoadContext _context = new(nameof(SnippetProgram), isCollectible: true);
    private readonly MethodInfo _entry;

    private SnippetProgram(Stream assembly) => _entry = _context.LoadFromStream(assembly).EntryPoint!;

    /// <summary>Everything that the compiler has to say of a snippet, warnings too.</summary>
    public static IReadOnlyList<string> Problems(DocumentSnippet snippet) =>
        [.. Compile(snippet).GetDiagnostics().Where(IsProblem).Select(problem => problem.ToString())];

    /// <summary>Compiles a snippet, which must be sound.</summary>
    public static SnippetProgram Of(DocumentSnippet snippet)
    {
        using MemoryStream stream = new();
        Assert.IsTrue(Compile(snippet).Emit(stream).Success, string.Join('\n', Problems(snippet)));
        stream.Position = 0;
        return new SnippetProgram(stream);
    }

    /// <summary>Runs it. The console is the process's, so that no other test may write to it meanwhile.</summary>
    /// <returns>What it wrote to its output.</returns>
    public async Task<string> RunAsync()
    {
        TextWriter before = Console.Out;
        using StringWriter written = new();
        Console.SetOut(TextWriter.Synchronized(written));
        try
        {
            await Task.Run(() => _entry.Invoke(null, _entry.GetParameters().Length == 0 ? null : [Array.Empty<string>()]));
        }
        finally
        {
            Console.SetOut(before);
        }

        return written.ToString().ReplaceLineEndings("\n").Trim();
    }

    public void Dispose() => _context.Unload();

    private static CSharpCompilation Compile(DocumentSnippet snippet) => CSharpCompilation.Create(
        $"Snippet.{snippet.Name}",
        [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(snippet.Code, path: $"{snippet.Document}: {snippet.Name}")],
        References.Value,
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

    // CS1701 and CS1702: another version of an assembly than a package was compiled with, which a project file settles.
    private static bool IsProblem(Diagnostic problem) =>
        problem.Severity >= DiagnosticSeverity.Warning && problem.Id is not ("CS1701" or "CS1702");
}
