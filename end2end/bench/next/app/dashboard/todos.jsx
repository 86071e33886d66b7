"use client";

import { usePreloadedAuthQuery } from "@convex-dev/better-auth/nextjs/client";
import { useMutation } from "convex/react";
import { api } from "@/convex/_generated/api";

/** A mutation that changes the list at once, before the backend answers. */
const useTodoMutation = (mutation, change) =>
  useMutation(mutation).withOptimisticUpdate((store, args) => {
    const todos = store.getQuery(api.todos.list, {});
    if (todos) store.setQuery(api.todos.list, {}, change(todos, args));
  });

export function Todos({ preloaded }) {
  const todos = usePreloadedAuthQuery(preloaded);
  const create = useTodoMutation(api.todos.create, (todos, { text }) => [
    { _id: crypto.randomUUID(), _creationTime: Date.now(), userId: "", text, completed: false },
    ...todos,
  ]);
  const toggle = useTodoMutation(api.todos.toggle, (todos, { id }) =>
    todos.map((todo) => (todo._id === id ? { ...todo, completed: !todo.completed } : todo)),
  );
  const remove = useTodoMutation(api.todos.remove, (todos, { id }) => todos.filter((todo) => todo._id !== id));

  const submit = (event) => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get("text").trim();
    if (text) create({ text });
    event.currentTarget.reset();
  };

  return (
    <section className="card">
      <h2>Your todos</h2>
      <form onSubmit={submit}>
        <label>
          New todo <input name="text" maxLength={500} required />
        </label>
        <button>Add</button>
      </form>
      <ul>
        {todos?.map((todo) => (
          <li key={todo._id}>
            <label>
              <input type="checkbox" checked={todo.completed} onChange={() => toggle({ id: todo._id })} /> {todo.text}
            </label>
            <button type="button" onClick={() => remove({ id: todo._id })}>
              Remove
            </button>
          </li>
        ))}
      </ul>
      {todos?.length === 0 && <p>Nothing to do yet.</p>}
    </section>
  );
}
