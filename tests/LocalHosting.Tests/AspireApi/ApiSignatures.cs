using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Slipway.LocalHosting.Tests.AspireApi;

/// <summary>
/// Writes the public signatures of types, one a line, from their metadata: what a caller's source depends on, no more. The checked-in lists were
/// written by this very code from Aspire's own signatures.
/// </summary>
internal static class ApiSignatures
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    internal static IEnumerable<string> Of(Type type)
    {
        var name = Name(type);
        yield return $"type {Kind(type)} {name}{Constraints(type.GetGenericArguments())}";
        for (var ancestor = type.BaseType; ancestor is not null && !type.IsValueType; ancestor = ancestor.BaseType)
        {
            if (ancestor != typeof(object)) yield return $"inherits {name} : {Name(ancestor)}";
        }

        foreach (var implemented in type.GetInterfaces().Where(i => i.IsVisible && !type.IsEnum)) yield return $"implements {name} : {Name(implemented)}";
        foreach (var member in type.GetMembers(Declared))
        {
            if (Member(member) is { } line) yield return $"member {name}.{line}";
        }
    }

    private static string? Member(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } constructor when Visible(constructor) => $"ctor({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when Visible(method) =>
            $"{(method.IsStatic ? "static " : "")}{method.Name}{TypeParameters(method)}({Parameters(method)}) : {Name(method.ReturnType, new NullabilityInfoContext().Create(method.ReturnParameter))}{Constraints(method.GetGenericArguments())}",
        PropertyInfo property when property.GetMethod is { } getter && Visible(getter) =>
            $"{property.Name} {{ get;{(property.SetMethod is { } setter && Visible(setter) ? " set;" : "")} }} : {Name(property.PropertyType, new NullabilityInfoContext().Create(property))}",
        FieldInfo { IsLiteral: true, IsPublic: true } field => $"{field.Name} = {Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}",
        FieldInfo { IsPublic: true, IsSpecialName: false } field => $"{field.Name} : {Name(field.FieldType)}",
        _ => null,
    };

    private static bool Visible(MethodBase method) => (method.IsPublic || method.IsFamily) && !method.Name.Contains('.');

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => type.IsByRefLike ? "ref struct" : "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select((parameter, i) =>
    {
        var text = Name(parameter.ParameterType, new NullabilityInfoContext().Create(parameter)) + " " + parameter.Name;
        if (i == 0 && method.IsDefined(typeof(ExtensionAttribute))) text = "this " + text;
        if (parameter.IsIn) text = "in " + text;
        if (parameter.IsDefined(typeof(ParamArrayAttribute))) text = "params " + text;
        if (parameter.HasDefaultValue)
            text += " = " + (parameter.RawDefaultValue is null ? "null" : Convert.ToString(parameter.RawDefaultValue, CultureInfo.InvariantCulture));
        return text;
    }));

    private static string TypeParameters(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
    {
        var constraints = argument.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(type => Name(type)).Order(StringComparer.Ordinal).ToList();
        var attributes = argument.GenericParameterAttributes;
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) constraints.Insert(0, "class");
        if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint)) constraints.Insert(0, "struct");
        else if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint)) constraints.Add("new()");
        return constraints.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", constraints)}";
    }));

    private static string Name(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef) return Name(type.GetElementType()!, nullability);
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        var mark = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray) return Name(type.GetElementType()!, nullability?.ElementType) + "[]" + mark;
        if (type.IsGenericParameter) return type.Name + mark;
        var prefix = type.DeclaringType is { } outer ? Name(outer) + "." : type.Namespace + ".";
        var name = prefix + type.Name.Split('`')[0];
        var arguments = type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0).ToList();
        if (arguments.Count > 0)
            name += $"<{string.Join(", ", arguments.Select((argument, i) => Name(argument, nullability?.GenericTypeArguments.ElementAtOrDefault(i))))}>";
        return name + mark;
    }
}
