using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>
/// In which namespace a type is: a public one in the root namespace of its project,
/// another one in that of its folder. Nested types do not count.
/// </summary>
internal static class NamespaceRules
{
    /// <summary>A sentence for each type that is elsewhere.</summary>
    /// <param name="compilation">Sources with paths relative to their project.</param>
    /// <param name="rootNamespace">Root namespace of the project.</param>
    /// <param name="foreign">Namespaces of public types that are not in the root namespace, by the type's name.</param>
    /// <param name="folders">Namespaces of internal types that are not in root + folder, by the folder.</param>
    public static IReadOnlyList<string> Broken(
        CSharpCompilation compilation,
        string rootNamespace,
        IReadOnlyDictionary<string, string> foreign,
        IReadOnlyDictionary<string, string> folders)
    {
        List<string> broken = [];
        foreach (INamedTypeSymbol type in TypesIn(compilation.Assembly.GlobalNamespace))
        {
            foreach (Location location in type.Locations)
            {
                string path = location.SourceTree!.FilePath;
                string folder = Path.GetDirectoryName(path)!.Replace('\\', '/').Replace('/', '.');
                bool isPublic = type.DeclaredAccessibility == Accessibility.Public;
                string expected = isPublic ? foreign.GetValueOrDefault(type.Name, rootNamespace)
                    : folder.Length == 0 ? rootNamespace
                    : folders.GetValueOrDefault(folder, $"{rootNamespace}.{folder}");
                string got = type.ContainingNamespace.ToDisplayString();
                if (got != expected)
                {
                    string visibility = isPublic ? "public" : "internal";
                    broken.Add($"{path}: {type.Name} is {visibility} and in namespace {got}, expected {expected}");
                }
            }
        }

        return broken;
    }

    // The class around the statements of a program is declared by its file.
    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceSymbol space) => space.GetTypeMembers()
        .Where(type => type.DeclaringSyntaxReferences.Any(declaration => declaration.GetSyntax() is not CompilationUnitSyntax))
        .Concat(space.GetNamespaceMembers().SelectMany(TypesIn));
}
