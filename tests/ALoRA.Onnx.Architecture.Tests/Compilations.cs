using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>Sources as the compiler sees them.</summary>
internal static class Compilations
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

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest, DocumentationMode.None);

    // Nullability says nothing of what uses what, and its analysis takes long.
    private static readonly CSharpCompilationOptions Options =
        new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Disable);

    // Shared, so that the symbols of the platform are read once.
    private static readonly Dictionary<string, MetadataReference> Assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .DistinctBy(Path.GetFileNameWithoutExtension)
        .ToDictionary(path => Path.GetFileNameWithoutExtension(path), path => (MetadataReference)MetadataReference.CreateFromFile(path));

    /// <summary>Compiles sources over the assemblies that this process may load.</summary>
    /// <param name="assemblyName">Name of the assembly, by which others make it their friend.</param>
    /// <param name="files">The sources.</param>
    /// <param name="leftOut">Names of assemblies that the sources do not see.</param>
    public static CSharpCompilation Of(string assemblyName, IReadOnlyList<SourceFile> files, params IReadOnlyCollection<string> leftOut) =>
        CSharpCompilation.Create(
            assemblyName,
            files.Append(new SourceFile("<implicit usings>", ImplicitUsings))
                .AsParallel().AsOrdered().Select(file => CSharpSyntaxTree.ParseText(file.Text, ParseOptions, file.Path)),
            Assemblies.Where(entry => !leftOut.Contains(entry.Key)).Select(entry => entry.Value),
            Options);
}
