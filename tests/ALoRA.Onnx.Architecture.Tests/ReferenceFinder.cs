using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>
/// Finds which file of a compilation uses which other one, by the names in its code; documentation does not count. What has no name, such
/// as a target-typed <c>new</c> or an operator, belongs to a type that a name nearby stands for.
/// </summary>
internal static class ReferenceFinder
{
    /// <summary>References that an order forbids, one for each pair of files, in the order of the paths.</summary>
    public static IReadOnlyList<Reference> Find(CSharpCompilation compilation, LayerOrder order)
    {
        List<(string Folder, HashSet<string> Names)> declared =
        [
            .. compilation.SyntaxTrees.GroupBy(tree => LayerOrder.FolderOf(tree.FilePath))
                .Select(group => (group.Key, group.SelectMany(DeclaredNames).ToHashSet())),
        ];
        ConcurrentDictionary<string, Reference> found = [];
        Parallel.ForEach(compilation.SyntaxTrees, tree =>
        {
            // What a name stands for costs a compiler's work, so that only names are asked about that a forbidden folder declares.
            string folder = LayerOrder.FolderOf(tree.FilePath);
            List<HashSet<string>> suspects = [.. declared.Where(entry => order.Forbids(folder, entry.Folder)).Select(entry => entry.Names)];
            if (suspects.Count == 0)
            {
                return;
            }

            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                string text = name.Identifier.ValueText;
                if (suspects.Exists(names => text == "var" || names.Contains(text) || names.Contains(text + "Attribute"))
                    && ForbiddenFile(model, name, folder, order) is { } file)
                {
                    int line = name.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                    found.TryAdd($"{tree.FilePath} -> {file}", new Reference(tree.FilePath, file, line, text));
                }
            }
        });
        return [.. found.Values.OrderBy(reference => reference.Edge, StringComparer.Ordinal)];
    }

    /// <summary>Using directives whose namespace or type is unknown: references to what is in there would go unseen.</summary>
    public static IEnumerable<string> FindUnknownUsings(CSharpCompilation compilation) => compilation.SyntaxTrees.SelectMany(tree =>
    {
        SemanticModel model = compilation.GetSemanticModel(tree);
        return ((CompilationUnitSyntax)tree.GetRoot()).Usings
            .Where(directive => SymbolsOf(model, directive.NamespaceOrType).IsEmpty)
            .Select(directive => $"{tree.FilePath}: {directive.NamespaceOrType}");
    });

    // All files of a partial type declare it; the one with the shortest name is named for them.
    private static string? ForbiddenFile(SemanticModel model, SimpleNameSyntax name, string folder, LayerOrder order) =>
        SymbolsOf(model, name)
        .Where(symbol => symbol.Kind is not SymbolKind.Namespace)
        .SelectMany(symbol => symbol.OriginalDefinition.Locations)
        .Where(location => location.IsInSource)
        .Select(location => location.SourceTree!.FilePath)
        .Where(path => order.Forbids(folder, LayerOrder.FolderOf(path)))
        .OrderBy(path => path.Length)
        .FirstOrDefault();

    // Candidates are what a name may stand for where the compiler cannot choose: methods in nameof, or a call with generated types.
    private static ImmutableArray<ISymbol> SymbolsOf(SemanticModel model, SyntaxNode name)
    {
        SymbolInfo info = model.GetSymbolInfo(name);
        return info.Symbol is null ? info.CandidateSymbols : [info.Symbol];
    }

    // Names of types and members, and aliases of types. The parameters of a record are its properties, too.
    private static IEnumerable<string> DeclaredNames(SyntaxTree tree) =>
        from token in tree.GetRoot().DescendantTokens()
        where token.IsKind(SyntaxKind.IdentifierToken)
        where token.Parent is MemberDeclarationSyntax or TupleElementSyntax
            or VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax }
            or ParameterSyntax { Parent.Parent: RecordDeclarationSyntax }
            or NameSyntax { Parent: NameEqualsSyntax { Parent: UsingDirectiveSyntax } }
        select token.ValueText;
}
