using System.Numerics;
using ALoRA.Onnx.Python.Strings;

namespace ALoRA.Onnx.Python.Values;

/// <summary>
/// Attribute and item access with the sandbox's rules: what begins with an underscore and methods that change a list or dict are there but
/// unsafe, which makes them undefined; nothing of .NET is ever reached.
/// </summary>
internal static class PythonAttribute
{
    /// <summary><c>value.name</c>: the attribute, else the item, else undefined.</summary>
    public static object? Get(object? value, string name, Budget budget)
    {
        if (IsUnsafe(value, name))
        {
            return UndefinedValue.Unsafe(value, name);
        }

        if (value is UndefinedValue undefined)
        {
            throw undefined.Failure();
        }

        if (TryGetAttribute(value, name, out object? found) || PythonItem.TryGet(value, name, budget, out found))
        {
            return found;
        }

        return UndefinedValue.Attribute(value, name);
    }

    /// <summary><c>value[key]</c>: the item, else the attribute of that name, else undefined.</summary>
    public static object? GetItem(object? value, object? key, Budget budget)
    {
        if (PythonItem.TryGet(value, key, budget, out object? found))
        {
            return found;
        }

        if (PythonText.Of(key) is string name)
        {
            if (IsUnsafe(value, name))
            {
                return UndefinedValue.Unsafe(value, name);
            }

            if (TryGetAttribute(value, name, out found))
            {
                return found;
            }
        }

        return UndefinedValue.Item(value, key);
    }

    /// <summary>An attribute without the fallback to items, as the <c>attr</c> filter looks it up.</summary>
    public static object? GetOnly(object? value, string name)
    {
        return IsUnsafe(value, name) ? UndefinedValue.Unsafe(value, name)
            : value is UndefinedValue undefined ? throw undefined.Failure()
            : TryGetAttribute(value, name, out object? found) ? found
            : UndefinedValue.Attribute(value, name);
    }

    private static bool TryGetAttribute(object? value, string name, out object? found)
    {
        found = null;
        return value switch
        {
            DictValue dict => DictMethods.TryGet(dict, name, out found),
            string text => StringMethods.TryGet(text, name, out found),
            MarkupValue markup => MarkupMethods.TryGet(markup, name, out found),
            TemplateValue other => other.TryGetAttribute(name, out found),
            long or bool or BigInteger or double => NumberAttributes.TryGet(value, name, out found),
            _ => false,
        };
    }

    private static bool IsUnsafe(object? value, string name)
    {
        if (name.StartsWith('_'))
        {
            return value is not NamespaceValue
                && name is "__class__" or "__doc__" or "__init__" or "__new__" or "__repr__" or "__str__" or "__eq__" or "__ne__"
                or "__hash__" or "__dir__" or "__format__" or "__getattribute__" or "__setattr__" or "__delattr__"
                or "__reduce__" or "__reduce_ex__"
                or "__sizeof__" or "__subclasshook__" or "__init_subclass__" or "__lt__" or "__le__" or "__gt__" or "__ge__";
        }

        return value switch
        {
            ListValue => name is "append" or "clear" or "pop" or "reverse" or "insert" or "sort" or "extend" or "remove",
            DictValue => name is "clear" or "pop" or "popitem" or "setdefault" or "update",
            _ => false,
        };
    }
}
